/**
 * Softmax regression in closed form, float64. With X [count, d], labels y, Z = X W + 1 b' , P = softmax(Z), D = P - Y,
 *   loss      F = mean(logsumexp(z_i) - z_i[y_i])
 *   gradient  (X' D, 1' D) / count
 *   H (V, v)  S = X V + 1 v', R = P * (S - rowsum(P * S)) ; (X' R, 1' R) / count
 *   mixed     d/dx_i <gradient, (Q, q)> = ( Q D_i + W [P_i * (s_i - <P_i, s_i>)] ) / count,  s_i = Q' x_i + q
 * Rows that are streamed are taken block by block; only [count * classes] numbers are kept of them.
 * A parameter vector is W [features, classes] row-major, then b [classes]. Checked against automatic differentiation.
 */
import type { RowData, Rows } from './rows';
import { rowsBetween } from './rows';

/** Rows with float32 or float64 values. */
export interface RealRows {
  readonly x: Float32Array | Float64Array;
  readonly y: ArrayLike<number>;
  readonly count: number;
  readonly features: number;
}
type Vector = Float32Array | Float64Array;

/** Values of a block of streamed rows: 16 MiB of float32. */
const blockValues = 1 << 22;

/** All rows at once where they are held, else block by block. */
function* blocksOf(rows: RealRows | RowData): Generator<{ block: RealRows; from: number }> {
  if ('x' in rows) {
    yield { block: rows, from: 0 };
    return;
  }
  const size = Math.max(1, Math.floor(blockValues / rows.features));
  for (let from = 0; from < rows.count; from += size)
    yield { block: rowsBetween(rows, from, Math.min(from + size, rows.count)), from };
}

/** z [count * classes] = X W + 1 b'. */
export function regressionLogits(w: Vector, rows: RealRows | RowData, classes: number): Float64Array {
  const z = new Float64Array(rows.count * classes);
  for (const { block, from } of blocksOf(rows)) blockLogits(w, block, classes, z.subarray(from * classes));
  return z;
}

function blockLogits(w: Vector, { x, count, features }: RealRows, classes: number, z: Float64Array): void {
  const sum = new Float64Array(classes);
  const bias = features * classes;
  for (let i = 0; i < count; i++) {
    for (let k = 0; k < classes; k++) sum[k] = w[bias + k]!;
    for (let j = 0, at = i * features; j < features; j++) {
      const value = x[at + j]!;
      if (value === 0) continue;
      const row = j * classes;
      for (let k = 0; k < classes; k++) sum[k]! += value * w[row + k]!;
    }
    z.set(sum, i * classes);
  }
}

/** Replaces each row of logits by its softmax, in place, and returns it. */
export function softmaxRows(z: Float64Array, classes: number): Float64Array {
  for (let at = 0; at < z.length; at += classes) {
    let top = -Infinity;
    for (let k = 0; k < classes; k++) top = Math.max(top, z[at + k]!);
    let total = 0;
    for (let k = 0; k < classes; k++) total += z[at + k] = Math.exp(z[at + k]! - top);
    for (let k = 0; k < classes; k++) z[at + k]! /= total;
  }
  return z;
}

/** (X' R, 1' R) scaled: the shape every first-order sum over rows has. R is [count * classes]. */
export function accumulateOuter(
  rows: RealRows | RowData,
  r: Float64Array,
  classes: number,
  scale: number,
): Float64Array {
  const sum = new Float64Array((rows.features + 1) * classes);
  for (const { block, from } of blocksOf(rows)) addOuter(block, r.subarray(from * classes), classes, sum);
  for (let k = 0; k < sum.length; k++) sum[k]! *= scale;
  return sum;
}

function addOuter({ x, count, features }: RealRows, r: Float64Array, classes: number, sum: Float64Array): void {
  const bias = features * classes;
  for (let i = 0; i < count; i++) {
    const from = i * classes;
    for (let j = 0, at = i * features; j < features; j++) {
      const value = x[at + j]!;
      if (value === 0) continue;
      const row = j * classes;
      for (let k = 0; k < classes; k++) sum[row + k]! += value * r[from + k]!;
    }
    for (let k = 0; k < classes; k++) sum[bias + k]! += r[from + k]!;
  }
}

/** D = softmax(z) - onehot(y), and the mean cross-entropy. */
export function regressionErrors(
  z: Float64Array,
  y: ArrayLike<number>,
  classes: number,
): { loss: number; errors: Float64Array } {
  const errors = Float64Array.from(z);
  const count = z.length / classes;
  let loss = 0;
  softmaxRows(errors, classes);
  for (let i = 0; i < count; i++) {
    let top = -Infinity;
    for (let k = 0; k < classes; k++) top = Math.max(top, z[i * classes + k]!);
    let total = 0;
    for (let k = 0; k < classes; k++) total += Math.exp(z[i * classes + k]! - top);
    loss += top + Math.log(total) - z[i * classes + y[i]!]!;
    errors[i * classes + y[i]!]! -= 1;
  }
  return { loss: loss / count, errors };
}

/** Mean cross-entropy F and its gradient, float64. */
export function regressionGradient(
  w: Vector,
  rows: RealRows | RowData,
  classes: number,
): { loss: number; gradient: Float64Array } {
  const { loss, errors } = regressionErrors(regressionLogits(w, rows, classes), rows.y, classes);
  return { loss, gradient: accumulateOuter(rows, errors, classes, 1 / rows.count) };
}

/** P * (S - <P, S>) row by row: the derivative of softmax along S. Both are [count * classes]. */
function softmaxDerivative(p: Float64Array, s: Float64Array, classes: number): Float64Array {
  const r = new Float64Array(p.length);
  for (let at = 0; at < p.length; at += classes) {
    let mean = 0;
    for (let k = 0; k < classes; k++) mean += p[at + k]! * s[at + k]!;
    for (let k = 0; k < classes; k++) r[at + k] = p[at + k]! * (s[at + k]! - mean);
  }
  return r;
}

/** H v, the Hessian of the mean cross-entropy times v, float64. */
export function regressionHessianVectorProduct(
  w: Vector,
  v: Vector,
  rows: RealRows | RowData,
  classes: number,
): Float64Array {
  const p = softmaxRows(regressionLogits(w, rows, classes), classes);
  const s = regressionLogits(v, rows, classes);
  return accumulateOuter(rows, softmaxDerivative(p, s, classes), classes, 1 / rows.count);
}

/** d/dx <g(rows; w), v> [count * features], g being the mean gradient, float64. */
export function regressionMixedProduct(w: Vector, v: Vector, rows: RealRows | Rows, classes: number): Float64Array {
  const { count, features } = rows;
  const z = regressionLogits(w, rows, classes);
  const { errors } = regressionErrors(z, rows.y, classes);
  const r = softmaxDerivative(softmaxRows(z, classes), regressionLogits(v, rows, classes), classes);
  const mixed = new Float64Array(count * features);
  for (let i = 0; i < count; i++) {
    const from = i * classes;
    for (let j = 0; j < features; j++) {
      let sum = 0;
      for (let k = 0; k < classes; k++)
        sum += v[j * classes + k]! * errors[from + k]! + w[j * classes + k]! * r[from + k]!;
      mixed[i * features + j] = sum / count;
    }
  }
  return mixed;
}
