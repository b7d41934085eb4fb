/** Gamma: which poison is allowed. Every constraint lives in stored space, on float32 values, with tolerance 0. */
import { invalid } from '@theriac/tensors';
import { boxConstraint } from './constraints/box';
import { fixedLabelsConstraint } from './constraints/fixed-labels';
import { linfBallConstraint } from './constraints/linf-ball';
import { noConstraint } from './constraints/none';
import type { Poison, PoisonBase } from './poison';

/** What breaks a constraint: how many entries (pixels or labels), in how many rows, and by how much at worst. */
export interface Violation {
  readonly kind: string;
  readonly rows: number;
  readonly entries: number;
  readonly worst: number;
  /** One sentence. */
  readonly message: string;
}

export interface Constraint {
  readonly kind: string;
  /** Whether labels must equal those of the base rows. */
  readonly fixesLabels: boolean;
  /** Whether pixels are limited at all. */
  readonly limitsPixels: boolean;
  describe(): string;
  /** The nearest allowed rows, argmin over x' in Gamma of ||x' - x||: a new array. x and base are [count * features], stored space. */
  project(x: Float32Array, base: Float32Array): Float32Array;
  /** Empty when the poison is allowed. */
  violations(poison: Poison, base: PoisonBase): Violation[];
}

export const constraintKinds = ['none', 'box', 'linf-ball', 'fixed-labels'] as const;
export type ConstraintKind = (typeof constraintKinds)[number];

export interface ConstraintParameters {
  /** Allowed range of a stored value, [0, 1] for images; null where the data set has none. */
  readonly storedRange: readonly [number, number] | null;
  /** l_inf radius in stored units, > 0. */
  readonly radius?: number;
}

/**
 * The constraint called `kind`: none; box (the data set's stored range); linf-ball (radius around the base rows, within the
 * box where there is one); fixed-labels. Throws INVALID_ARGUMENT for an unknown kind or a missing parameter.
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
    default:
      throw invalid('constraint', kind, constraintKinds.join(', '), 'Several are joined by a comma.');
  }
}

/** 'box,fixed-labels' -> the intersection of both. Throws INVALID_ARGUMENT. */
export function parseConstraint(text: string, parameters: ConstraintParameters): Constraint {
  return combineConstraints(text.split(',').map((kind) => createConstraint(kind.trim(), parameters)));
}

/**
 * The intersection. Projecting onto each in turn is exact here: all pixel constraints are boxes around points of the
 * range, so that coordinates are independent and clamping in turn is clamping onto the intersection.
 */
export function combineConstraints(parts: readonly Constraint[]): Constraint {
  const kept = parts.filter((part) => part.kind !== 'none');
  if (kept.length === 0) return noConstraint();
  if (kept.length === 1) return kept[0]!;
  return {
    kind: kept.map((part) => part.kind).join(','),
    fixesLabels: kept.some((part) => part.fixesLabels),
    limitsPixels: kept.some((part) => part.limitsPixels),
    describe: () => kept.map((part) => part.describe()).join('; '),
    project: (x, base) => kept.reduce((projected, part) => part.project(projected, base), x),
    violations: (poison, base) => kept.flatMap((part) => part.violations(poison, base)),
  };
}
