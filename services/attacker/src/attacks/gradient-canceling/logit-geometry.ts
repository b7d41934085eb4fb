/**
 * Gradient Canceling of softmax regression without pixel limits, reduced to logit space.
 * With r_j = softmax(z_j) - e_{y_j} and z_j = W'x_j + b, the mixture's gradient vanishes at (W, b) when
 *   (1/m) sum_j r_j      = - g_b / eps_d                                              (i)
 *   (1/m) sum_j r_j x_j' = - G' / eps_d       G [d, c] the clean weight gradient      (ii)
 * Let U [d, k] be an orthonormal basis of the columns of W (centred over classes: k <= c-1) and x_j = U v_j + x_perp,j.
 * Logits depend on v_j only: z_j = B v_j + b, B = W'U. Then (ii) splits into
 *   (1/m) sum_j r_j v_j'      = - G'U / eps_d                     c k numbers, with (i) a small non-linear problem
 *   (1/m) sum_j r_j x_perp,j' = - G'(I - UU') / eps_d             linear in x_perp: least norm by a pseudo-inverse
 * r_j sums to zero, so everything is written in an orthonormal basis C [c, c-1] of the vectors that do. ||v_j|| = ||U v_j||.
 */
import { symmetricEigen } from '@theriac/tensors';

export interface LogitGeometry {
  readonly classes: number;
  readonly features: number;
  /** Rank of the centred W. */
  readonly rank: number;
  /** U [features, rank]. */
  readonly basis: Float64Array;
  /** B = W'U [classes, rank], W centred over classes. */
  readonly logitsOf: Float64Array;
  /** The pseudo-inverse of B, [rank, classes]. */
  readonly logitsInverse: Float64Array;
  /** b [classes]. */
  readonly bias: Float64Array;
  /** C [classes, classes - 1]. */
  readonly contrasts: Float64Array;
  /** C' g_b [classes - 1]. */
  readonly biasGradient: Float64Array;
  /** C' G'U [classes - 1, rank]. */
  readonly parallelGradient: Float64Array;
  /** (I - UU') G C [features, classes - 1]. */
  readonly perpendicularGradient: Float64Array;
}

/** The geometry of target w and clean gradient gMu, both laid out as weight [features, classes] then bias. */
export function logitGeometry(
  w: Float32Array | Float64Array,
  gMu: Float64Array,
  features: number,
  classes: number,
): LogitGeometry {
  const bias = Float64Array.from(w.subarray(features * classes));
  const centred = centreRows(w, features, classes);
  const { basis, logitsOf, logitsInverse, rank } = columnBasis(centred, features, classes);
  const contrasts = helmertContrasts(classes);
  const rows = features + 1;
  const contrasted = product(gMu, contrasts, rows, classes, classes - 1);
  const weightPart = contrasted.subarray(0, features * (classes - 1));
  const parallelGradient = transposedProduct(weightPart, basis, features, classes - 1, rank);
  const within = productTransposed(basis, parallelGradient, features, rank, classes - 1);
  return {
    classes,
    features,
    rank,
    basis,
    logitsOf,
    logitsInverse,
    bias,
    contrasts,
    biasGradient: contrasted.subarray(features * (classes - 1)),
    parallelGradient,
    perpendicularGradient: weightPart.map((value, i) => value - within[i]!),
  };
}

/** C [c, c-1]: orthonormal columns, each summing to zero (Helmert). */
export function helmertContrasts(classes: number): Float64Array {
  const width = classes - 1;
  const contrasts = new Float64Array(classes * width);
  for (let j = 0; j < width; j++) {
    const length = Math.sqrt((j + 1) * (j + 2));
    for (let k = 0; k <= j; k++) contrasts[k * width + j] = 1 / length;
    contrasts[(j + 1) * width + j] = -(j + 1) / length;
  }
  return contrasts;
}

function centreRows(w: Float32Array | Float64Array, features: number, classes: number): Float64Array {
  const centred = Float64Array.from(w.subarray(0, features * classes));
  for (let at = 0; at < centred.length; at += classes) {
    let mean = 0;
    for (let k = 0; k < classes; k++) mean += centred[at + k]! / classes;
    for (let k = 0; k < classes; k++) centred[at + k]! -= mean;
  }
  return centred;
}

/** U, B = W'U and B's pseudo-inverse from W'W = E diag(s^2) E': U = W E / s, B = E s. Directions below 1e-6 of the largest s are left out. */
function columnBasis(centred: Float64Array, features: number, classes: number) {
  const { values, vectors } = symmetricEigen(transposedProduct(centred, centred, features, classes, classes), classes);
  const largest = Math.max(...values, 0);
  const kept = Array.from(values.keys()).filter((i) => values[i]! > 1e-12 * largest && values[i]! > 0);
  const rank = kept.length;
  const logitsOf = new Float64Array(classes * rank);
  const logitsInverse = new Float64Array(rank * classes);
  const directions = new Float64Array(classes * rank);
  kept.forEach((i, q) => {
    const s = Math.sqrt(values[i]!);
    for (let k = 0; k < classes; k++) {
      const e = vectors[i * classes + k]!;
      logitsOf[k * rank + q] = e * s;
      logitsInverse[q * classes + k] = e / s;
      directions[k * rank + q] = e / s;
    }
  });
  return { basis: product(centred, directions, features, classes, rank), logitsOf, logitsInverse, rank };
}

/** A [n, k] B [k, m]. */
export function product(a: Float64Array, b: Float64Array, n: number, k: number, m: number): Float64Array {
  const c = new Float64Array(n * m);
  for (let i = 0; i < n; i++)
    for (let l = 0; l < k; l++) {
      const value = a[i * k + l]!;
      for (let j = 0; j < m; j++) c[i * m + j]! += value * b[l * m + j]!;
    }
  return c;
}

/** A' B of A [n, k], B [n, m]. */
export function transposedProduct(a: Float64Array, b: Float64Array, n: number, k: number, m: number): Float64Array {
  const c = new Float64Array(k * m);
  for (let i = 0; i < n; i++)
    for (let l = 0; l < k; l++) {
      const value = a[i * k + l]!;
      for (let j = 0; j < m; j++) c[l * m + j]! += value * b[i * m + j]!;
    }
  return c;
}

/** A B' of A [n, k], B [m, k]. */
export function productTransposed(a: Float64Array, b: Float64Array, n: number, k: number, m: number): Float64Array {
  const c = new Float64Array(n * m);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < m; j++) {
      let sum = 0;
      for (let l = 0; l < k; l++) sum += a[i * k + l]! * b[j * k + l]!;
      c[i * m + j] = sum;
    }
  return c;
}
