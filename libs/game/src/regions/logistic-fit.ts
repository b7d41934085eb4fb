/**
 * Binary logistic regression on weighted rows, in float64. With theta = (w, b), labels s in {-1, +1}, m_i = s_i (<w, x_i> + b), N = sum weights,
 *   F(theta) = (1/N) sum_i weight_i log(1 + exp(-m_i)) + ridge/2 ||theta||^2
 *   grad F   = -(1/N) sum_i weight_i s_i sigmoid(-m_i) (x_i, 1) + ridge theta
 * It is two-class softmax regression with theta = W_1 - W_0. Minimised by L-BFGS, preconditioned by the Cholesky factor of
 *   (1/n) sum_i h_i (x_i, 1)(x_i, 1)' + ridge,   h_i = max(sigmoid(m_i) sigmoid(-m_i), 1/100) at some theta.
 */
import { cholesky, minimiseLbfgs, solveCholesky } from '@theriac/tensors';
import type { Rows } from '../rows';

/** Rows with signs for labels; without weights every row weighs 1. */
export interface SignedRows {
  /** [count * features]. */
  readonly x: Float32Array | Float64Array;
  /** -1 or +1, [count]. */
  readonly signs: ArrayLike<number>;
  readonly count: number;
  readonly features: number;
  readonly weights?: Float64Array;
}

/** g -> approximately H^-1 g. */
export type Preconditioner = (g: Float64Array) => Float64Array;

export const sigmoid = (t: number): number => 1 / (1 + Math.exp(-t));

/** log(1 + e^-m), without overflow. */
export const logisticLoss = (m: number): number => Math.max(0, -m) + Math.log1p(Math.exp(-Math.abs(m)));

/** Class 0 is -1, class 1 is +1. */
export function signedRows({ x, y, count, features }: Rows): SignedRows {
  return { x, signs: Int8Array.from(y, (label) => (label === 1 ? 1 : -1)), count, features };
}

/** m_i [count]. */
export function marginsOf(theta: Float64Array, { x, signs, count, features }: SignedRows): Float64Array {
  const margins = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    let sum = theta[features]!;
    for (let j = 0, at = i * features; j < features; j++) sum += theta[j]! * x[at + j]!;
    margins[i] = signs[i]! * sum;
  }
  return margins;
}

/** sum_i coefficients_i (x_i, 1), [features + 1]. */
export function weightedSum({ x, count, features }: SignedRows, coefficients: Float64Array): Float64Array {
  const sum = new Float64Array(features + 1);
  for (let i = 0; i < count; i++) {
    const factor = coefficients[i]!;
    if (factor === 0) continue;
    for (let j = 0, at = i * features; j < features; j++) sum[j]! += factor * x[at + j]!;
    sum[features]! += factor;
  }
  return sum;
}

const weightOf = ({ weights }: SignedRows, i: number): number => weights?.[i] ?? 1;

/** F and its gradient over all of `parts`. */
export function logisticObjective(
  parts: readonly SignedRows[],
  theta: Float64Array,
  ridge: number,
): { value: number; gradient: Float64Array } {
  let [loss, total] = [0, 0];
  const gradient = new Float64Array(theta.length);
  for (const part of parts) {
    const slopes = marginsOf(theta, part);
    for (let i = 0; i < part.count; i++) {
      const [margin, weight] = [slopes[i]!, weightOf(part, i)];
      total += weight;
      loss += weight * logisticLoss(margin);
      slopes[i] = -weight * part.signs[i]! * sigmoid(-margin);
    }
    weightedSum(part, slopes).forEach((value, j) => (gradient[j]! += value));
  }
  let squares = 0;
  for (let j = 0; j < theta.length; j++) {
    squares += theta[j]! * theta[j]!;
    gradient[j] = gradient[j]! / total + ridge * theta[j]!;
  }
  return { value: loss / total + (ridge / 2) * squares, gradient };
}

/** H v over all of `parts`: (1/N) sum_i weight_i sigmoid(m_i) sigmoid(-m_i) <(x_i, 1), v> (x_i, 1) + ridge v. */
export function logisticHessianVectorProduct(
  parts: readonly SignedRows[],
  theta: Float64Array,
  v: Float64Array,
  ridge: number,
): Float64Array {
  let total = 0;
  const product = new Float64Array(theta.length);
  for (const part of parts) {
    const margins = marginsOf(theta, part);
    const along = marginsOf(v, part);
    for (let i = 0; i < part.count; i++) {
      const weight = weightOf(part, i);
      total += weight;
      along[i] = weight * part.signs[i]! * along[i]! * sigmoid(margins[i]!) * sigmoid(-margins[i]!);
    }
    weightedSum(part, along).forEach((value, j) => (product[j]! += value));
  }
  return product.map((value, j) => value / total + ridge * v[j]!);
}

/** Least curvature of a row in the preconditioner. */
const leastCurvature = 0.01;

/** The preconditioner at theta, from the first `most` rows of `rows`. */
export function logisticPreconditioner(
  rows: SignedRows,
  theta: Float64Array,
  { ridge, most = 2000 }: { readonly ridge: number; readonly most?: number },
): Preconditioner {
  const { features, x } = rows;
  const count = Math.min(rows.count, most);
  const side = features + 1;
  const margins = marginsOf(theta, { ...rows, count });
  const moments = new Float64Array(side * side);
  const row = new Float64Array(side).fill(1);
  for (let i = 0; i < count; i++) {
    const curvature = Math.max(sigmoid(margins[i]!) * sigmoid(-margins[i]!), leastCurvature) / count;
    row.set(x.subarray(i * features, (i + 1) * features));
    for (let j = 0; j < side; j++) {
      const factor = curvature * row[j]!;
      if (factor === 0) continue;
      for (let k = 0, at = j * side; k <= j; k++) moments[at + k]! += factor * row[k]!;
    }
  }
  for (let j = 0; j < side; j++) {
    moments[j * side + j]! += Math.max(ridge, 1e-8);
    for (let k = 0; k < j; k++) moments[k * side + j] = moments[j * side + k]!;
  }
  const factor = cholesky(moments, side);
  return (g) => solveCholesky(factor, side, g);
}

export interface LogisticFitOptions {
  readonly ridge: number;
  readonly start: Float64Array;
  readonly precondition: Preconditioner;
  /** Norm of the gradient to stop at; default 1e-6. */
  readonly tolerance?: number;
  /** Default 200. */
  readonly iterations?: number;
}

/** argmin F over all of `parts`. */
export function fitLogistic(
  parts: readonly SignedRows[],
  { ridge, start, precondition, tolerance = 1e-6, iterations = 200 }: LogisticFitOptions,
): Float64Array {
  const evaluate = (theta: Float64Array) => logisticObjective(parts, theta, ridge);
  return minimiseLbfgs(evaluate, start, { precondition, gradientTolerance: tolerance, iterations, memory: 20 }).w;
}

/** Share of the rows with m_i > 0. */
export function accuracyOf(theta: Float64Array, rows: SignedRows): number {
  let right = 0;
  marginsOf(theta, rows).forEach((margin) => (right += margin > 0 ? 1 : 0));
  return right / rows.count;
}
