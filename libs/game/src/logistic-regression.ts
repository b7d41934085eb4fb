/**
 * Logistic regression through the origin (Lecture 18, page "Example: Logistic regression"), labels y in {0, 1}, t = w' x:
 *   l = log(1 + e^t) - y t        g(x, y; w) = (sigmoid(t) - y) x
 *   d/dx <g, q> = (sigmoid(t) - y) q + sigmoid'(t) <q, x> w
 * Two-class softmax regression with logits (0, t): the toy on which every step can be checked by hand.
 */
import type { RealRows } from './softmax-regression';

const sigmoid = (t: number) => 1 / (1 + Math.exp(-t));

function dot(w: Float64Array, x: ArrayLike<number>, at: number): number {
  return w.reduce((sum, value, j) => sum + value * x[at + j]!, 0);
}

/** Logits (0, t), [count * 2]. */
export function logisticLogits(w: Float64Array, rows: RealRows): Float64Array {
  const z = new Float64Array(rows.count * 2);
  for (let i = 0; i < rows.count; i++) z[2 * i + 1] = dot(w, rows.x, i * rows.features);
  return z;
}

/** Mean gradient over the rows, [features]. */
export function logisticGradient(w: Float64Array, rows: RealRows): Float64Array {
  const gradient = new Float64Array(w.length);
  for (let i = 0; i < rows.count; i++) {
    const at = i * rows.features;
    const error = sigmoid(dot(w, rows.x, at)) - rows.y[i]!;
    for (let j = 0; j < w.length; j++) gradient[j]! += (error * rows.x[at + j]!) / rows.count;
  }
  return gradient;
}

/** d/dx <g(rows; w), q>, [count * features], g being the mean gradient. */
export function logisticMixedProduct(w: Float64Array, q: Float64Array, rows: RealRows): Float64Array {
  const mixed = new Float64Array(rows.count * rows.features);
  for (let i = 0; i < rows.count; i++) {
    const at = i * rows.features;
    const p = sigmoid(dot(w, rows.x, at));
    const slope = p * (1 - p) * dot(q, rows.x, at);
    for (let j = 0; j < w.length; j++) mixed[at + j] = ((p - rows.y[i]!) * q[j]! + slope * w[j]!) / rows.count;
  }
  return mixed;
}
