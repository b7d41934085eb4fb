/**
 * The preconditioner of softmax regression: H <= 1/2 (I - 11'/c) (x) M, M = (1/N) sum_j (x_j, 1)(x_j, 1)'
 * (Boehning, Multinomial logistic regression algorithm, 1992). Its inverse, applied to a gradient, takes the scale of the
 * rows out of the problem: rows of a thousand times the usual norm no longer stall the minimisation.
 */
import type { RowData } from '@theriac/game';
import { rowsBetween } from '@theriac/game';
import { cholesky, solveCholesky } from '@theriac/tensors';
import { tf } from '@theriac/tensors/engine';

/**
 * Dampings of M, relative to the mean of its diagonal: constant features make M singular, and sums in 32 bits may leave it
 * slightly indefinite. The first that makes it positive definite is taken.
 */
const relativeDampings = [1e-6, 1e-5, 1e-4, 1e-3, 1e-2];

/** M for rows of d features, as float64 [(d + 1)^2], row-major. */
export function secondMoments(all: RowData, chunk = 8192): Float64Array {
  const { count: n, features: d } = all;
  const size = d + 1;
  const moments = new Float64Array(size * size);
  for (let from = 0; from < n; from += chunk) {
    const part = tf.tidy(() => {
      const { x, count } = rowsBetween(all, from, Math.min(from + chunk, n));
      const rows = tf.tensor2d(x, [count, d]);
      const withOne = tf.concat([rows, tf.ones([rows.shape[0], 1])], 1);
      return tf.matMul(withOne, withOne, true, false);
    });
    const values = part.dataSync<'float32'>();
    part.dispose();
    for (let k = 0; k < moments.length; k++) moments[k] = (moments[k] as number) + (values[k] as number) / n;
  }
  return moments;
}

/** The Cholesky factor of M + damping. Throws INVALID_ARGUMENT when even the largest damping is not enough. */
function dampedFactor(moments: Float64Array, size: number): Float64Array {
  let trace = 0;
  for (let k = 0; k < size; k++) trace += moments[k * size + k] as number;
  const failures: unknown[] = [];
  for (const relative of relativeDampings) {
    const damped = moments.slice();
    for (let k = 0; k < size; k++) damped[k * size + k] = (damped[k * size + k] as number) + (relative * trace) / size;
    try {
      return cholesky(damped, size);
    } catch (error) {
      failures.push(error);
    }
  }
  throw failures[failures.length - 1];
}

/** g -> 2 M^-1 g for gradients laid out as weight [d, c], then bias [c]. */
export function secondMomentPreconditioner(rows: RowData, classes: number): (g: Float64Array) => Float64Array {
  const size = rows.features + 1;
  const factor = dampedFactor(secondMoments(rows), size);
  return (g) => solveCholesky(factor, size, g, classes).map((value) => 2 * value);
}
