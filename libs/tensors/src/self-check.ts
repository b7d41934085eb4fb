/**
 * What a backend must prove before it may differentiate: stock TensorFlow.js fails at second derivatives without a word.
 *
 *  1. softmax regression, as one graph where the backend compiles: gradient, Hessian-vector and mixed products against their closed
 *     forms in float64
 *       g = X^T (P - Y) / b,  H v = X^T J (X V) / b,  J u = p * u - p <p, u>,
 *       d/dx_i <g, v> = (V (p_i - y_i) + W J_i V^T x_i) / b
 *  2. a small net of every kind of layer: the products against central differences of its gradient
 */
import { gradient, hessianVectorProduct, mixedProduct } from './differential';
import { ops } from './ops';
import type { SelfCheck } from './backend-report';
import { compile } from './compile';
import { tf } from './tf';

/** Errors above this mean wrong mathematics; central differences in float32 are good to about 1e-4. */
export const tolerated = 5e-3;

/** A fixed pattern of n values in [-1, 1] without period: fractional parts of a quadratic in i. */
function pattern(n: number, salt: number): Float32Array {
  return Float32Array.from(
    { length: n },
    (_, i) => 2 * (((i + 1) * (0.6180339887 + 0.0071 * salt) + 0.0137 * i * i * salt) % 1) - 1,
  );
}

function relativeError(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [difference, size] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    difference += ((found[i] as number) - (expected[i] as number)) ** 2;
    size += (expected[i] as number) ** 2;
  }
  const error = Math.sqrt(difference / size);
  return Number.isFinite(error) ? error : Infinity;
}

/** Runs the checks on the current backend; leaves no tensor behind. */
export function selfCheck(): SelfCheck {
  const began = performance.now();
  const worstRelativeError = tf.tidy(() => Math.max(checkSoftmaxRegression(), checkNet()));
  return { worstRelativeError, seconds: (performance.now() - began) / 1000 };
}

function checkSoftmaxRegression(): number {
  const [b, d, c] = [5, 4, 3];
  const [xs, ws, vs] = [pattern(b * d, 1), pattern(d * c, 2), pattern(d * c, 3)];
  const labels = [0, 1, 2, 2, 1];
  const derivatives = (...[x, y, w, v]: tf.Tensor[]): tf.Tensor[] => {
    const loss = (data: tf.Tensor2D, p: tf.Tensor1D) =>
      ops.crossEntropy(y as tf.Tensor2D, ops.dense(data, tf.reshape(p, [d, c])));
    const [at, point, direction] = [x as tf.Tensor2D, w as tf.Tensor1D, v as tf.Tensor1D];
    return [
      gradient((p) => loss(at, p), point).gradient,
      hessianVectorProduct((p) => loss(at, p), point, direction),
      mixedProduct(loss, at, point, direction),
    ];
  };
  const y = ops.oneHot(tf.tensor1d(labels, 'int32'), c);
  const inputs = [tf.tensor2d(xs, [b, d]), y, tf.tensor1d(ws), tf.tensor1d(vs)];
  const graph = compile(derivatives, inputs);
  const found = graph(...inputs).map((tensor) => tensor.dataSync<'float32'>());
  graph.dispose();

  const at = (a: ArrayLike<number>, i: number): number => a[i] as number;
  const expected = [new Float64Array(d * c), new Float64Array(d * c), new Float64Array(b * d)] as const;
  for (let i = 0; i < b; i++) {
    const times = (matrix: ArrayLike<number>) =>
      Array.from({ length: c }, (_, k) =>
        Array.from({ length: d }, (__, j) => at(xs, i * d + j) * at(matrix, j * c + k)).reduce((s, t) => s + t),
      );
    const exponents = times(ws).map(Math.exp);
    const p = exponents.map((e) => e / exponents.reduce((s, t) => s + t));
    const u = times(vs);
    const pu = p.reduce((s, pk, k) => s + pk * at(u, k), 0);
    for (let k = 0; k < c; k++) {
      const residual = at(p, k) - (labels[i] === k ? 1 : 0);
      const curved = at(p, k) * (at(u, k) - pu);
      for (let j = 0; j < d; j++) {
        expected[0][j * c + k] = at(expected[0], j * c + k) + (at(xs, i * d + j) * residual) / b;
        expected[1][j * c + k] = at(expected[1], j * c + k) + (at(xs, i * d + j) * curved) / b;
        expected[2][i * d + j] =
          at(expected[2], i * d + j) + (at(vs, j * c + k) * residual + at(ws, j * c + k) * curved) / b;
      }
    }
  }
  return Math.max(...expected.map((values, k) => relativeError(found[k] as Float32Array, values)));
}

function checkNet(): number {
  const sizes = [3 * 3 * 2 * 3, 3, 12 * 6, 6, 6 * 4, 4, 4 * 3];
  const size = sizes.reduce((s, n) => s + n);
  const y = ops.oneHot(tf.tensor1d([0, 2], 'int32'), 3);
  const loss = (x: tf.Tensor4D, w: tf.Tensor1D): tf.Scalar => {
    type Parts = [tf.Tensor1D, tf.Tensor1D, tf.Tensor1D, tf.Tensor1D, tf.Tensor1D, tf.Tensor1D, tf.Tensor1D];
    const [filter, bias, w1, b1, w2, b2, w3] = tf.split<tf.Tensor1D>(w, sizes) as Parts;
    let h = ops.relu(ops.conv2d(x, tf.reshape(filter, [3, 3, 2, 3]), 1, 'same', bias)); // [2, 8, 8, 3]
    h = ops.avgPool(ops.maxPool(h, 2, 2), 2, 2); // [2, 2, 2, 3]
    let a = ops.tanh(ops.dense(tf.reshape(h, [2, 12]), tf.reshape(w1, [12, 6]), b1));
    a = ops.sigmoid(ops.dense(ops.leakyRelu(a, 0.2), tf.reshape(w2, [6, 4]), b2));
    return ops.crossEntropy(y, ops.dense(a, tf.reshape(w3, [4, 3])));
  };
  const x = tf.tensor4d(pattern(2 * 8 * 8 * 2, 4), [2, 8, 8, 2]);
  const [w, v] = [tf.tensor1d(pattern(size, 5)), tf.tensor1d(pattern(size, 6))];
  const u = tf.tensor4d(pattern(x.size, 7), [2, 8, 8, 2]);
  const step = 1e-3;

  const gradientAt = (data: tf.Tensor4D, p: tf.Tensor1D) =>
    gradient((q) => loss(data, q), p).gradient.dataSync<'float32'>();
  const difference = (hi: Float32Array, lo: Float32Array) =>
    hi.map((value, i) => (value - (lo[i] as number)) / (2 * step));
  const moved = <T extends tf.Tensor>(point: T, direction: T, by: number): T => tf.add(point, tf.mul(direction, by));
  const along = (values: Float32Array, direction: tf.Tensor) =>
    direction.dataSync<'float32'>().reduce((sum, d, i) => sum + d * (values[i] as number), 0);

  const hessian = hessianVectorProduct((q) => loss(x, q), w, v).dataSync<'float32'>();
  const hessianExpected = difference(gradientAt(x, moved(w, v, step)), gradientAt(x, moved(w, v, -step)));
  const mixed = mixedProduct(loss, x, w, v).dataSync<'float32'>();
  const mixedExpected = difference(gradientAt(moved(x, u, step), w), gradientAt(moved(x, u, -step), w));
  return Math.max(relativeError(hessian, hessianExpected), relativeError([along(mixed, u)], [along(mixedExpected, v)]));
}
