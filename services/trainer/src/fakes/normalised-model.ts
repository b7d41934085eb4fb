/**
 * A tiny network for tests, with all that training may have to do with, and its loss in plain float64:
 *   logits = relu(mask BN(x A)) / (1 - rate) B + b, BN with gamma, beta and running statistics.
 */
import type { Model } from '@theriac/game';
import { layoutOf, viewOf } from '@theriac/tensors';
import { splitParameters, tf } from '@theriac/tensors/engine';

const [inputs, hidden, classes, rate, eps] = [4, 5, 3, 0.25, 1e-5];

const layout = layoutOf([
  { name: 'A', shape: [inputs, hidden] },
  { name: 'gamma', shape: [hidden] },
  { name: 'beta', shape: [hidden] },
  { name: 'B', shape: [hidden, classes] },
  { name: 'b', shape: [classes] },
  { name: 'mean', shape: [hidden] },
  { name: 'variance', shape: [hidden] },
]);

type Views = Record<'A' | 'gamma' | 'beta' | 'B' | 'b' | 'mean' | 'variance', tf.Tensor2D>;

function forward(w: tf.Tensor1D, x: tf.Tensor2D, masks: readonly tf.Tensor2D[] | undefined) {
  return tf.tidy(() => {
    const { A, gamma, beta, B, b, mean, variance } = splitParameters(w, layout) as Views;
    const z = tf.matMul(x, A);
    const own = tf.moments(z, 0);
    const [m, v] = masks === undefined ? [mean, variance] : [own.mean, own.variance];
    const normal = tf.add(tf.mul(tf.div(tf.sub(z, m), tf.sqrt(tf.add(v, eps))), gamma), beta);
    const h = tf.relu(masks?.[0] === undefined ? normal : tf.div(tf.mul(normal, masks[0]), 1 - rate));
    const n = x.shape[0];
    const statistics: tf.Tensor1D = tf.concat([own.mean, tf.mul(own.variance, n / (n - 1))] as tf.Tensor1D[]);
    return { logits: tf.add<tf.Tensor2D>(tf.matMul(h, B), b), statistics };
  });
}

/** The network as a model. */
export const normalisedModel: Model = {
  id: 'fake',
  layout,
  features: inputs,
  classes,
  activations: 2 * hidden + classes,
  softmaxRegression: false,
  lastLayer: { weight: 'B', bias: 'b' },
  initialise(random) {
    const w = new Float32Array(layout.size);
    random.fillUniform(w, -1, 1);
    viewOf(w, layout, 'mean').fill(0);
    viewOf(w, layout, 'variance').fill(1);
    return w;
  },
  logits: (w, x) =>
    tf.tidy(() => {
      const { logits, statistics } = forward(w, x, undefined);
      statistics.dispose();
      return logits;
    }),
  statisticsFrom: layout.size - 2 * hidden,
  homogeneous: false,
  training: {
    dropout: [{ rate, width: hidden }],
    logits: (w, x, masks) => forward(w, x, masks),
  },
};

/** Mean loss over a batch while training, and the statistics of the batch; `mask` [rows * hidden], none: no dropout. */
export function normalisedLoss(
  w: Float64Array,
  x: Float32Array,
  y: ArrayLike<number>,
  mask: Uint8Array | undefined,
): { loss: number; statistics: number[] } {
  const view = (name: string): Float64Array => {
    const { offset, size } = layout.views.find((part) => part.name === name)!;
    return w.subarray(offset, offset + size);
  };
  const n = y.length;
  const z = Array.from({ length: n }, (_, r) =>
    Array.from({ length: hidden }, (__, k) =>
      x.subarray(r * inputs, (r + 1) * inputs).reduce((sum, value, i) => sum + value * view('A')[i * hidden + k]!, 0),
    ),
  );
  const over = (f: (row: number[]) => number): number => z.reduce((sum, row) => sum + f(row), 0) / n;
  const means = Array.from({ length: hidden }, (_, k) => over((row) => row[k]!));
  const variances = means.map((mean, k) => over((row) => (row[k]! - mean) ** 2));
  let loss = 0;
  z.forEach((row, r) => {
    const h = row.map((value, k) => {
      const normal = ((value - means[k]!) / Math.sqrt(variances[k]! + eps)) * view('gamma')[k]! + view('beta')[k]!;
      return Math.max(0, mask === undefined ? normal : (normal * mask[r * hidden + k]!) / (1 - rate));
    });
    const logits = Array.from(view('b'), (b, c) =>
      h.reduce((sum, value, k) => sum + value * view('B')[k * classes + c]!, b),
    );
    loss += (Math.log(logits.reduce((sum, value) => sum + Math.exp(value), 0)) - logits[y[r]!]!) / n;
  });
  return { loss, statistics: [...means, ...variances.map((variance) => (variance * n) / (n - 1))] };
}
