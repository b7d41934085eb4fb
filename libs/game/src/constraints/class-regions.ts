/**
 * Gamma by the class of a row's label, over the units of the model's input, where defenders measure too (Koh, Steinhardt, Liang, 2022):
 *   sphere      ||x - mu_y|| <= r_y        slab   |<mu_1 - mu_0, x - mu_y>| <= h_y
 *   decoy-loss  ell(x, y; theta_decoy) <= the q-quantile of clean losses, which is a half-space: s (<w, x> + b) >= c_y
 * intersected with whatever bounds single values. The nearest row, in those units too, is found by regions/nearest.ts.
 */
import { invalid } from '@theriac/tensors';
import { numberOption } from '../attack';
import type { Bounds, Constraint, Violation } from '../constraint';
import type { ConstraintPart } from '../constraint-text';
import { constraintText } from '../constraint-text';
import type { Poison } from '../poison';
import { classBalls, classCentres, classSlabs, quantileByClass } from '../regions/class-statistics';
import { decoyParameters } from '../regions/decoy';
import { fitLogistic, logisticPreconditioner, marginsOf, signedRows } from '../regions/logistic-fit';
import { nearestIn } from '../regions/nearest';
import { excesses, everywhere, intersection, stripAlong } from '../regions/region';
import type { Region, Strip } from '../regions/region';
import type { RowData } from '../rows';
import { heldRows } from '../rows';

/** Model input = (stored - shift) / spread, [features] each. */
export interface InputUnits {
  readonly shift: ArrayLike<number>;
  readonly spread: ArrayLike<number>;
}

/** What the regions are measured from: clean rows, as the model sees them. */
export interface ClassFacts {
  readonly clean: RowData;
  readonly classes: number;
  readonly units: InputUnits;
}

/** `plain` and, for every class, the regions of `parts`. Throws INVALID_ARGUMENT where the data cannot have them. */
export function classConstraint(plain: Constraint, parts: readonly ConstraintPart[], facts: ClassFacts): Constraint {
  const regions = regionsOf(parts, facts);
  const text = constraintText(parts);
  const kind = plain.kind === 'none' ? text : `${text},${plain.kind}`;
  const { features } = facts.clean;
  const { inUnits, stored } = converters(facts.units, features);

  /** The row, or the nearest that is allowed. */
  function nearest(row: Float32Array, label: number, bounds: Bounds | undefined): Float32Array {
    const region = regions[label]!;
    const within = (x: Float32Array) => excesses(region, inUnits(x)).length === 0;
    const clamped =
      bounds === undefined ? row : row.map((value, i) => Math.min(Math.max(value, bounds.lower[i]!), bounds.upper[i]!));
    if (clamped.every((value, i) => value === row[i]) && within(row)) return row;
    const box = bounds === undefined ? {} : { box: { lower: inUnits(bounds.lower), upper: inUnits(bounds.upper) } };
    for (let margin = 1e-6; margin < 0.1; margin *= 10) {
      const found = nearestIn({ ...region, ...box }, inUnits(row), { margin });
      if (found.kind === 'none') throw emptyGamma(kind, label, found.proven);
      const x = stored(found.x, bounds);
      if (within(x)) return x;
    }
    throw emptyGamma(kind, label, false);
  }

  return {
    kind,
    fixesLabels: plain.fixesLabels,
    limitsPixels: true,
    describe: () => [text, ...(plain.kind === 'none' ? [] : [plain.describe()])].join('; '),
    ...(plain.bounds === undefined ? {} : { bounds: plain.bounds }),
    region: (label) => regions[label] ?? everywhere,
    project(x, base, labels) {
      if (labels === undefined) return plain.project(x, base);
      const bounds = plain.bounds?.(base);
      const projected = new Float32Array(x.length);
      labels.forEach((label, j) => {
        const [from, to] = [j * features, (j + 1) * features];
        const own = bounds && { lower: bounds.lower.subarray(from, to), upper: bounds.upper.subarray(from, to) };
        projected.set(nearest(x.slice(from, to), label, own), from);
      });
      return projected;
    },
    violations: (poison, base) => [...plain.violations(poison, base), ...outsideRegions(poison, regions, inUnits)],
  };
}

/** Between stored values and the model's input, in float64; back to float32 within bounds. */
function converters({ shift, spread }: InputUnits, features: number) {
  return {
    inUnits: (row: Float32Array): Float64Array =>
      Float64Array.from(row, (value, i) => (value - shift[i % features]!) / spread[i % features]!),
    stored: (x: Float64Array, bounds: Bounds | undefined): Float32Array =>
      Float32Array.from(x, (value, i) => {
        const rounded = Math.fround(value * spread[i]! + shift[i]!);
        return bounds === undefined ? rounded : Math.min(Math.max(rounded, bounds.lower[i]!), bounds.upper[i]!);
      }),
  };
}

function regionsOf(parts: readonly ConstraintPart[], { clean, classes }: ClassFacts): Region[] {
  let regions = Array.from({ length: classes }, () => everywhere);
  const centres = classCentres(clean, classes);
  for (const { kind, options } of parts) {
    const quantile = numberOption(options, 'quantile');
    const own: Region[] =
      kind === 'sphere'
        ? classBalls(clean, centres, quantile).map((ball) => ({ balls: [ball], strips: [] }))
        : (kind === 'slab' ? classSlabs(clean, centres, quantile) : decoyStrips(clean, classes, options)).map(
            (strip) => ({
              balls: [],
              strips: [strip],
            }),
          );
    regions = regions.map((region, k) => intersection(region, own[k]!));
  }
  return regions;
}

/** The half-spaces of little loss under the decoy, of both classes. */
function decoyStrips(clean: RowData, classes: number, options: ConstraintPart['options']): Strip[] {
  if (classes !== 2)
    throw invalid('constraint', `decoy-loss on ${classes} classes`, 'decoy-loss on two classes', 'Leave it out.');
  const rows = signedRows(heldRows(clean));
  const ridge = numberOption(options, 'ridge');
  const start = new Float64Array(rows.features + 1);
  const fit = { ridge, precondition: logisticPreconditioner(rows, start, { ridge }), tolerance: 1e-7 };
  const choice = { flips: numberOption(options, 'flips'), repeats: numberOption(options, 'repeats') };
  const decoy = decoyParameters(rows, choice, { ...fit, clean: fitLogistic([rows], { ...fit, start }) });
  return marginStrips(decoy, marginsOf(decoy, rows), clean.y, numberOption(options, 'quantile'));
}

/** For both classes { x : s (<w, x> + b) >= c_y }, where a share `quantile` of the clean rows of class y, by their margins, are. */
export function marginStrips(
  theta: Float64Array,
  margins: Float64Array,
  y: ArrayLike<number>,
  quantile: number,
): Strip[] {
  const caps = quantileByClass(
    margins.map((margin) => -margin),
    y,
    2,
    quantile,
  );
  const w = theta.subarray(0, -1);
  const b = theta[theta.length - 1]!;
  return [-1, 1].map((sign, k) =>
    stripAlong(
      'decoy-loss',
      w.map((value) => sign * value),
      { low: -caps[k]! - sign * b },
    ),
  );
}

function outsideRegions(
  poison: Poison,
  regions: readonly Region[],
  inUnits: (row: Float32Array) => Float64Array,
): Violation[] {
  const broken = new Map<string, { rows: number; worst: number }>();
  for (let j = 0; j < poison.count; j++) {
    const row = poison.x.subarray(j * poison.features, (j + 1) * poison.features);
    for (const { name, by } of excesses(regions[poison.y[j]!] ?? everywhere, inUnits(row))) {
      const { rows = 0, worst = 0 } = broken.get(name) ?? {};
      broken.set(name, { rows: rows + 1, worst: Math.max(worst, by) });
    }
  }
  return [...broken].map(([kind, { rows, worst }]) => {
    const message = `${rows} rows lie outside the ${kind} of their class, the worst by ${worst.toPrecision(3)}`;
    return { kind, rows, entries: rows, worst, message };
  });
}

function emptyGamma(kind: string, label: number, proven: boolean) {
  const found = proven ? 'which no row of class' : 'in which no row was found for class';
  return invalid(
    'constraint',
    `${kind}, ${found} ${label}${proven ? ' can keep with this base row' : ''}`,
    'constraints that some row keeps together (this intersection is empty)',
    'Choose a larger radius or quantile, or leave one out.',
  );
}
