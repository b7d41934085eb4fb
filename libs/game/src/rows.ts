/** Labelled rows in model-input space: held, or made block by block where all of them would be too much. */

/** An empirical distribution held in memory. */
export interface Rows {
  /** [count, features], row-major. */
  readonly x: Float32Array;
  /** Class of each row, [count]. */
  readonly y: Uint8Array | Int32Array;
  readonly count: number;
  readonly features: number;
}

/** An empirical distribution of which only blocks are ever made. */
export interface StreamedRows {
  /** Class of each row, [count]. */
  readonly y: Uint8Array | Int32Array;
  readonly count: number;
  readonly features: number;
  /** The values of these rows, in this order, row-major. */
  gather(indices: Int32Array): Float32Array;
  /** The values of the rows [from, to), row-major. */
  block(from: number, to: number): Float32Array;
}

/** Rows, however they are kept. */
export type RowData = Rows | StreamedRows;

/** Whether all values are in memory. */
export function isHeld(rows: RowData): rows is Rows {
  return 'x' in rows;
}

/** All values in memory: `rows` itself where they are. For models whose closed forms need every row. */
export function heldRows(rows: RowData): Rows {
  return isHeld(rows) ? rows : rowsBetween(rows, 0, rows.count);
}

/** The rows [from, to): views where they are held, made where they are streamed. */
export function rowsBetween(rows: RowData, from: number, to: number): Rows {
  return {
    x: isHeld(rows) ? rows.x.subarray(from * rows.features, to * rows.features) : rows.block(from, to),
    y: rows.y.subarray(from, to),
    count: to - from,
    features: rows.features,
  };
}

/** The rows of `first`, then those of `second`, copied: chi before it is weighted. */
export function concatenateRows(first: Rows, second: Rows): Rows {
  const x = new Float32Array(first.x.length + second.x.length);
  x.set(first.x);
  x.set(second.x, first.x.length);
  const y = new Int32Array(first.count + second.count);
  y.set(first.y);
  y.set(second.y, first.count);
  return { x, y, count: first.count + second.count, features: first.features };
}

/** `first`, then `second`, as one distribution of which nothing is copied. */
export function joinedRows(first: RowData, second: RowData): StreamedRows {
  const { features } = first;
  const count = first.count + second.count;
  const y = new Int32Array(count);
  y.set(first.y);
  y.set(second.y, first.count);
  const gather = (indices: Int32Array): Float32Array => {
    const x = new Float32Array(indices.length * features);
    const here = indices.map((row, j) => (row < first.count ? j : -1)).filter((j) => j >= 0);
    const there = indices.map((row, j) => (row < first.count ? -1 : j)).filter((j) => j >= 0);
    place(
      x,
      gatheredRows(
        first,
        here.map((j) => indices[j]!),
      ).x,
      here,
      features,
    );
    place(
      x,
      gatheredRows(
        second,
        there.map((j) => indices[j]! - first.count),
      ).x,
      there,
      features,
    );
    return x;
  };
  return {
    y,
    count,
    features,
    gather,
    block(from, to) {
      if (to <= first.count) return rowsBetween(first, from, to).x;
      if (from >= first.count) return rowsBetween(second, from - first.count, to - first.count).x;
      const x = new Float32Array((to - from) * features);
      x.set(rowsBetween(first, from, first.count).x);
      x.set(rowsBetween(second, 0, to - first.count).x, (first.count - from) * features);
      return x;
    },
  };
}

function place(x: Float32Array, values: Float32Array, positions: Int32Array, features: number): void {
  positions.forEach((position, j) => x.set(values.subarray(j * features, (j + 1) * features), position * features));
}

/** The rows with these indices, copied, in their order. */
export function gatheredRows(rows: RowData, indices: Int32Array): Rows {
  const { features } = rows;
  const y = Int32Array.from(indices, (row) => rows.y[row] as number);
  if (!isHeld(rows)) return { x: rows.gather(indices), y, count: indices.length, features };
  const x = new Float32Array(indices.length * features);
  indices.forEach((row, j) => x.set(rows.x.subarray(row * features, (row + 1) * features), j * features));
  return { x, y, count: indices.length, features };
}

/** The rows of `rows` with these indices, in their order, as one distribution of which nothing is copied. */
export function selectedRows(rows: RowData, indices: Int32Array): StreamedRows {
  const gather = (own: Int32Array): Float32Array =>
    gatheredRows(
      rows,
      own.map((row) => indices[row]!),
    ).x;
  return {
    y: Int32Array.from(indices, (row) => rows.y[row]!),
    count: indices.length,
    features: rows.features,
    gather,
    block: (from, to) => gatheredRows(rows, indices.subarray(from, to)).x,
  };
}
