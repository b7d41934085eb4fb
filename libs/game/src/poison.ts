/** nu, the attacker's rows. */

/** Where nu goes: 'added' after mu, or 'replaced', each row in the place of its base row. */
export type Placement = 'added' | 'replaced';

/** Poison rows in STORED space (what a data set file holds), their labels, and the clean row each began as. */
export interface Poison {
  /** [count * features], row-major, stored space. */
  readonly x: Float32Array;
  /** [count], 0 .. classes-1. */
  readonly y: Int32Array;
  /** [count], index of the clean training row each poison row is compared with. */
  readonly baseIndices: Int32Array;
  readonly count: number;
  readonly features: number;
}

/** The clean rows that the poison rows began as: what a constraint relative to clean data is measured from. */
export interface PoisonBase {
  /** [count * features], stored space. */
  readonly x: Float32Array;
  /** [count]. */
  readonly y: Int32Array;
}

/** Gathers the base rows of `baseIndices`; `stored(i)` is clean row i in stored space. */
export function poisonBase(
  baseIndices: Int32Array,
  stored: (row: number) => Float32Array,
  labels: ArrayLike<number>,
  features: number,
): PoisonBase {
  const x = new Float32Array(baseIndices.length * features);
  const y = new Int32Array(baseIndices.length);
  baseIndices.forEach((row, j) => {
    x.set(stored(row), j * features);
    y[j] = labels[row]!;
  });
  return { x, y };
}
