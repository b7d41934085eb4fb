/** Gamma: which poison is allowed. Every constraint lives in stored space, on float32 values, with tolerance 0. */
import { invalid } from '@theriac/tensors';
import { boxConstraint } from './constraints/box';
import { featureRangeConstraint } from './constraints/feature-range';
import { fixedLabelsConstraint } from './constraints/fixed-labels';
import { linfBallConstraint } from './constraints/linf-ball';
import { noConstraint } from './constraints/none';
import type { Poison, PoisonBase } from './poison';
import type { Region } from './regions/region';

/** What breaks a constraint: how many entries (pixels or labels), in how many rows, and by how much at worst. */
export interface Violation {
  readonly kind: string;
  readonly rows: number;
  readonly entries: number;
  readonly worst: number;
  /** One sentence. */
  readonly message: string;
}

/** lower <= x <= upper, [count * features] each. */
export interface Bounds {
  readonly lower: Float32Array;
  readonly upper: Float32Array;
}

export interface Constraint {
  readonly kind: string;
  /** Whether labels must equal those of the base rows. */
  readonly fixesLabels: boolean;
  /** Whether pixels are limited at all. */
  readonly limitsPixels: boolean;
  describe(): string;
  /**
   * The nearest allowed rows, argmin over x' in Gamma of ||x' - x||: a new array. x and base are [count * features], stored space.
   * What depends on labels is kept where `labels` [count] are given; it may be empty, and throws INVALID_ARGUMENT then.
   */
  project(x: Float32Array, base: Float32Array, labels?: Int32Array): Float32Array;
  /** Where each value must lie, stored space; absent where single values are free. */
  bounds?(base: Float32Array): Bounds;
  /** What else a row with this label must keep, in the units of the model's input; absent where that is nothing. */
  region?(label: number): Region;
  /** Empty when the poison is allowed. */
  violations(poison: Poison, base: PoisonBase): Violation[];
}

export interface ConstraintParameters {
  /** Allowed range of a stored value, [0, 1] for images; null where the data set has none. */
  readonly storedRange: readonly [number, number] | null;
  /** l_inf radius in stored units, > 0. */
  readonly radius?: number;
  /** The ends of every feature among clean rows, stored space. */
  readonly featureRange?: () => { readonly least: Float32Array; readonly greatest: Float32Array };
}

/**
 * The constraint called `kind`: none; box (the data set's stored range); linf-ball (radius around the base rows, within the
 * box where there is one); fixed-labels; feature-range. Those by class need clean rows: `classConstraint`. Throws INVALID_ARGUMENT for an unknown kind or a missing parameter.
 */
export function createConstraint(kind: string, parameters: ConstraintParameters): Constraint {
  const { storedRange, radius } = parameters;
  switch (kind) {
    case 'none':
      return noConstraint();
    case 'fixed-labels':
      return fixedLabelsConstraint();
    case 'box':
      if (storedRange === null)
        throw invalid('constraint', kind, 'none, linf-ball, fixed-labels', 'This data set has no stored range.');
      return boxConstraint(storedRange);
    case 'linf-ball': {
      if (radius === undefined || !Number.isFinite(radius) || radius <= 0)
        throw invalid(
          'constraint radius',
          radius,
          'a number above 0 (stored units)',
          'For images, 8/255 is customary.',
        );
      const ball = linfBallConstraint(radius);
      return storedRange === null ? ball : combineConstraints([ball, boxConstraint(storedRange)]);
    }
    case 'feature-range': {
      const range = parameters.featureRange?.();
      if (range === undefined) throw invalid('constraint', kind, 'a game with clean rows', 'It is measured from them.');
      return featureRangeConstraint(range.least, range.greatest);
    }
    default:
      throw invalid(
        'constraint',
        kind,
        'none, box, linf-ball, fixed-labels, feature-range',
        'Join several by a comma.',
      );
  }
}

/** 'box,fixed-labels' -> the intersection of both. Throws INVALID_ARGUMENT. */
export function parseConstraint(text: string, parameters: ConstraintParameters): Constraint {
  return combineConstraints(text.split(',').map((kind) => createConstraint(kind.trim(), parameters)));
}

/**
 * The intersection of constraints on single values and labels. Projecting onto each in turn is exact here: all pixel constraints are boxes around points of the
 * range, so that coordinates are independent and clamping in turn is clamping onto the intersection.
 */
export function combineConstraints(parts: readonly Constraint[]): Constraint {
  const kept = parts.filter((part) => part.kind !== 'none');
  if (kept.length === 0) return noConstraint();
  if (kept.length === 1) return kept[0]!;
  const bounded = kept.filter((part) => part.bounds !== undefined);
  return {
    kind: kept.map((part) => part.kind).join(','),
    fixesLabels: kept.some((part) => part.fixesLabels),
    limitsPixels: kept.some((part) => part.limitsPixels),
    describe: () => kept.map((part) => part.describe()).join('; '),
    ...(bounded.length === 0
      ? {}
      : { bounds: (base: Float32Array) => bounded.map((part) => part.bounds!(base)).reduce(tighter) }),
    project: (x, base) => kept.reduce((projected, part) => part.project(projected, base), x),
    violations: (poison, base) => kept.flatMap((part) => part.violations(poison, base)),
  };
}

/** The intersection of two boxes. */
function tighter(a: Bounds, b: Bounds): Bounds {
  return {
    lower: a.lower.map((value, i) => Math.max(value, b.lower[i]!)),
    upper: a.upper.map((value, i) => Math.min(value, b.upper[i]!)),
  };
}
