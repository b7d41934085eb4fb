/**
 * What clean rows of each class look like, in the units of the model's input (Steinhardt, Koh, Liang, 2017; Koh, Steinhardt, Liang, 2022):
 *   mu_y = mean of the rows of class y,   r_y = q-quantile of ||x - mu_y||,
 *   n_y = mu_y - mean of the other classes' mu (two classes: along mu_1 - mu_0),   h_y = q-quantile of |<n_y, x - mu_y>| / ||n_y||
 * For more than two classes the slab's direction is our reading. A q-quantile is the least value that a share q of the rows keep.
 */
import { invalid } from '@theriac/tensors';
import type { RowData } from '../rows';
import { rowsBetween } from '../rows';
import { along, distance, stripAlong } from './region';
import type { Ball, Strip } from './region';

/** Rows looked at at once where they are streamed. */
const block = 512;

/** Calls `see` with every row and its label, in order. */
function eachRow(rows: RowData, see: (x: Float32Array, label: number, row: number) => void): void {
  const { features, count } = rows;
  for (let from = 0; from < count; from += block) {
    const part = rowsBetween(rows, from, Math.min(from + block, count));
    for (let j = 0; j < part.count; j++) see(part.x.subarray(j * features, (j + 1) * features), part.y[j]!, from + j);
  }
}

/** mu_y [features] of every class. Throws INVALID_ARGUMENT naming `constraint` where a class has no rows. */
export function classCentres(rows: RowData, classes: number): Float64Array[] {
  const centres = Array.from({ length: classes }, () => new Float64Array(rows.features));
  const counts = new Int32Array(classes);
  eachRow(rows, (x, label) => {
    const centre = centres[label]!;
    counts[label]! += 1;
    for (let i = 0; i < x.length; i++) centre[i]! += x[i]!;
  });
  const none = counts.indexOf(0);
  if (none >= 0)
    throw invalid(
      'constraint',
      `no clean rows of class ${none}`,
      'clean rows of every class',
      'Use more training rows.',
    );
  return centres.map((centre, k) => centre.map((value) => value / counts[k]!));
}

/** The q-quantile of the values of each class. */
export function quantileByClass(values: Float64Array, y: ArrayLike<number>, classes: number, q: number): number[] {
  return Array.from({ length: classes }, (_, k) => {
    const own = values.filter((_value, row) => y[row] === k).sort();
    return own[Math.max(0, Math.ceil(q * own.length) - 1)] ?? 0;
  });
}

/** The ball around mu_y that a share q of the rows of class y lie within, for every class. */
export function classBalls(rows: RowData, centres: readonly Float64Array[], q: number): Ball[] {
  const distances = new Float64Array(rows.count);
  eachRow(rows, (x, label, row) => (distances[row] = distance(centres[label]!, x)));
  const radii = quantileByClass(distances, rows.y, centres.length, q);
  return centres.map((centre, k) => ({ name: 'sphere', centre, radius: radii[k]! }));
}

/** The slab around mu_y that a share q of the rows of class y lie within, for every class. */
export function classSlabs(rows: RowData, centres: readonly Float64Array[], q: number): Strip[] {
  const slabs = centres.map((centre, k) => {
    const others = centres.filter((_, other) => other !== k);
    const direction = centre.map((value, i) => value - others.reduce((sum, mu) => sum + mu[i]!, 0) / others.length);
    return stripAlong('slab', direction, {});
  });
  const offsets = new Float64Array(rows.count);
  const middles = slabs.map(({ normal }, k) => along(normal, centres[k]!));
  eachRow(rows, (x, label, row) => (offsets[row] = Math.abs(along(slabs[label]!.normal, x) - middles[label]!)));
  const widths = quantileByClass(offsets, rows.y, centres.length, q);
  return slabs.map((slab, k) => ({ ...slab, low: middles[k]! - widths[k]!, high: middles[k]! + widths[k]! }));
}
