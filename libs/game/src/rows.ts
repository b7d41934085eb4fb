/** An empirical distribution: `count` labelled rows in model-input space. */
export interface Rows {
  /** [count, features], row-major. */
  readonly x: Float32Array;
  /** Class of each row, [count]. */
  readonly y: Uint8Array | Int32Array;
  readonly count: number;
  readonly features: number;
}

/** The rows [from, to) as views: nothing is copied. */
export function rowsBetween(rows: Rows, from: number, to: number): Rows {
  return {
    x: rows.x.subarray(from * rows.features, to * rows.features),
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

/** The rows with these indices, copied, in their order. */
export function gatheredRows(rows: Rows, indices: Int32Array): Rows {
  const { features } = rows;
  const x = new Float32Array(indices.length * features);
  const y = new Int32Array(indices.length);
  indices.forEach((row, j) => {
    x.set(rows.x.subarray(row * features, (row + 1) * features), j * features);
    y[j] = rows.y[row] as number;
  });
  return { x, y, count: indices.length, features };
}
