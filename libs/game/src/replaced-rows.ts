/** chi where the poison replaces: row base_j of mu gives way to row j of nu, the others stay; as many rows as mu, in its order. */
import { gatheredRows, isHeld, rowsBetween } from './rows';
import type { RowData, Rows, StreamedRows } from './rows';

/** mu with `nu` in the place of its rows `base` [nu.count], distinct and within mu; held where mu is, nothing of mu is changed. */
export function replacedRows(mu: RowData, nu: Rows, base: Int32Array): RowData {
  const { count, features } = mu;
  const y = Int32Array.from(mu.y);
  base.forEach((row, j) => (y[row] = nu.y[j]!));
  const valuesOf = (j: number): Float32Array => nu.x.subarray(j * features, (j + 1) * features);
  if (isHeld(mu)) {
    const x = Float32Array.from(mu.x);
    base.forEach((row, j) => x.set(valuesOf(j), row * features));
    return { x, y, count, features };
  }
  return streamed(mu, y, placesOf(base, count), valuesOf);
}

/** The rows of mu that poison over `base` leaves in place, in their order. */
export function keptRows(mu: RowData, base: Int32Array): Rows {
  const places = placesOf(base, mu.count);
  const kept = Int32Array.from({ length: mu.count }, (_, row) => row).filter((row) => places[row] === -1);
  return gatheredRows(mu, kept);
}

/** For each row of mu the row of nu in its place; -1: none. */
function placesOf(base: Int32Array, count: number): Int32Array {
  const places = new Int32Array(count).fill(-1);
  base.forEach((row, j) => (places[row] = j));
  return places;
}

function streamed(
  mu: StreamedRows,
  y: Int32Array,
  places: Int32Array,
  valuesOf: (j: number) => Float32Array,
): StreamedRows {
  const { count, features } = mu;
  const overlaid = (x: Float32Array, rowAt: (k: number) => number): Float32Array => {
    const values = Float32Array.from(x);
    for (let k = 0; k * features < values.length; k++) {
      const j = places[rowAt(k)]!;
      if (j >= 0) values.set(valuesOf(j), k * features);
    }
    return values;
  };
  return {
    y,
    count,
    features,
    gather: (indices) => overlaid(mu.gather(indices), (k) => indices[k]!),
    block: (from, to) => overlaid(rowsBetween(mu, from, to).x, (k) => from + k),
  };
}
