/**
 * Every op that a model uses, as a loss of data x and parameters w whose first and second derivatives can be held against
 * central differences: smooth around the point, since no activation or maximum comes nearer to a kink than the steps taken.
 */
import { ops } from '../ops';
import { randomStream, type RandomStream } from '../random';
import { tf } from '../tf';

export interface Case {
  readonly name: string;
  readonly x: { readonly shape: number[]; readonly values: Float32Array };
  /** Shapes of the parts of w. */
  readonly parts: readonly number[][];
  readonly w: Float32Array;
  loss(x: tf.Tensor, ...w: tf.Tensor[]): tf.Scalar;
  /** Its second derivative is known to the tensorflow backend alone. */
  readonly nativeOnly?: true;
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);
const total = (shapes: readonly (readonly number[])[]): number => shapes.reduce((sum, shape) => sum + sizeOf(shape), 0);

export function normals(random: RandomStream, size: number, scale = 1): Float32Array {
  return Float32Array.from({ length: size }, () => scale * random.normal());
}

/** Values at least 0.3 from zero and from each other's neighbours in any window: a shuffled grid without its middle. */
function apart(random: RandomStream, size: number): Float32Array {
  const order = random.permutation(size);
  return Float32Array.from(order, (rank) => (rank < size / 2 ? -1 : 1) * (0.3 + 0.3 * Math.abs(rank - size / 2 + 0.5)));
}

/** A smooth, uneven, curved end: sum_i c_i (h_i + h_i^2 / 2), c a fixed pattern, scaled to the size of h. */
function curved(h: tf.Tensor): tf.Scalar {
  const c = tf.reshape(tf.cos(tf.range(1, h.size + 1)), h.shape);
  return tf.div(tf.sum(tf.mul(c, tf.add(h, tf.mul(tf.square(h), 0.5)))), Math.sqrt(h.size));
}

const labels = (b: number, classes: number): tf.Tensor2D =>
  ops.oneHot(
    tf.tensor1d(
      Array.from({ length: b }, (_, i) => (2 * i + 1) % classes),
      'int32',
    ),
    classes,
  );

interface Sketch {
  x: number[];
  w: number[][];
  loss: Case['loss'];
  /** Where x must stay clear of kinks, w only scales it and starts near 1. */
  elementwise?: true;
  nativeOnly?: true;
}

/** x [b, n] times w [n], a point away from kinks, through f. */
const elementwise = (f: (h: tf.Tensor2D) => tf.Tensor): Sketch => ({
  x: [4, 3],
  w: [[3]],
  elementwise: true,
  loss: (x, w) => curved(f(tf.mul<tf.Tensor2D>(x, w))),
});

const pooled = (size: number, f: (h: tf.Tensor4D) => tf.Tensor): Sketch => ({
  x: [1, size, size, 2],
  w: [[2]],
  elementwise: true,
  loss: (x, w) => curved(f(tf.mul<tf.Tensor4D>(x, w))),
});

const convolved = (
  x: number[],
  filter: number[],
  f: (x: tf.Tensor4D, filter: tf.Tensor4D, bias: tf.Tensor1D) => tf.Tensor4D,
): Sketch => ({
  x,
  w: [filter, [filter[3] as number]],
  loss: (data, w, b) => curved(f(data as tf.Tensor4D, w as tf.Tensor4D, b as tf.Tensor1D)),
});

const classified = (f: (z: tf.Tensor2D) => tf.Scalar): Sketch => ({
  x: [5, 4],
  w: [[4, 3], [3]],
  loss: (x, w, b) => f(ops.dense(x as tf.Tensor2D, w as tf.Tensor2D, b as tf.Tensor1D)),
});

const sketches: Record<string, Sketch> = {
  'dense with bias': {
    x: [5, 4],
    w: [[4, 3], [3]],
    loss: (x, w, b) => curved(ops.dense(x as tf.Tensor2D, w as tf.Tensor2D, b as tf.Tensor1D)),
  },
  'matMul, transposed operands': {
    x: [4, 5],
    w: [[3, 4]],
    loss: (x, w) => curved(tf.matMul(x, w, true, true)),
  },
  relu: elementwise(ops.relu),
  leakyRelu: elementwise((h) => ops.leakyRelu(h, 0.2)),
  tanh: elementwise((h) => ops.tanh(tf.mul(h, 0.5))),
  sigmoid: elementwise((h) => ops.sigmoid(tf.mul(h, 0.5))),
  softmax: classified((z) => curved(ops.softmax(z))),
  logSoftmax: classified((z) => curved(ops.logSoftmax(z))),
  'crossEntropy, mean': classified((z) => ops.crossEntropy(labels(5, 3), z)),
  'crossEntropy, weighted': classified((z) => ops.crossEntropy(labels(5, 3), z, tf.tensor1d([0.5, 1, 0, 2, 0.25]))),
  'conv2d same': convolved([2, 5, 5, 2], [3, 3, 2, 3], (x, w, b) => ops.conv2d(x, w, 1, 'same', b)),
  'conv2d valid, stride 2': convolved([2, 6, 6, 2], [3, 3, 2, 3], (x, w, b) => ops.conv2d(x, w, 2, 'valid', b)),
  'conv2d padded by 1, stride 2': convolved([2, 6, 6, 2], [3, 3, 2, 3], (x, w, b) => ops.conv2d(x, w, 2, 1, b)),
  'conv2d 1x1, stride 2': convolved([2, 5, 5, 2], [1, 1, 2, 3], (x, w, b) => ops.conv2d(x, w, 2, 0, b)),
  'conv2d 5x5 same': convolved([1, 7, 7, 1], [5, 5, 1, 2], (x, w, b) => ops.conv2d(x, w, 1, 'same', b)),
  'maxPool 2': pooled(4, (h) => ops.maxPool(h, 2, 2)),
  'maxPool 2, odd size': pooled(5, (h) => ops.maxPool(h, 2, 2)),
  'maxPool 3, stride 2': { ...pooled(5, (h) => ops.maxPool(h, 3, 2)), nativeOnly: true },
  'avgPool 2': pooled(4, (h) => ops.avgPool(h, 2, 2)),
  'avgPool 3, stride 1': pooled(5, (h) => ops.avgPool(h, 3, 1)),
  'batchNormTrain, rank 2': {
    x: [6, 3],
    w: [[3], [3], [3]],
    loss: (x, w, gamma, beta) =>
      curved(ops.batchNormTrain(tf.tanh(tf.add(x, w)), gamma as tf.Tensor1D, beta as tf.Tensor1D)),
  },
  'batchNormTrain, rank 4': {
    x: [2, 3, 3, 2],
    w: [[2], [2], [2]],
    loss: (x, w, gamma, beta) =>
      curved(ops.batchNormTrain(tf.tanh(tf.add(x, w)), gamma as tf.Tensor1D, beta as tf.Tensor1D)),
  },
  'gatherRows, a row twice': {
    x: [5, 3],
    w: [[3]],
    loss: (x, w) => curved(ops.gatherRows(tf.mul(x, w), tf.tensor1d([4, 1, 4, 0], 'int32'))),
  },
  'sum, mean, global average': {
    x: [2, 3, 3, 2],
    w: [[2]],
    loss: (x, w) => curved(tf.add(tf.mean(tf.mul(x, w), [1, 2]), tf.mul(tf.sum(tf.square(tf.mul(x, w)), [1, 2]), 0.1))),
  },
  'split, reshape, concat, transpose, residual': {
    x: [3, 4],
    w: [[4, 4]],
    loss: (x, w) => {
      const [a, b] = tf.split(tf.matMul(x as tf.Tensor2D, w as tf.Tensor2D), [1, 3], 1) as [tf.Tensor2D, tf.Tensor2D];
      const joined = tf.concat([tf.reshape(b, [3, 3]), a], 1);
      return curved(tf.add(tf.transpose(joined), tf.transpose(x)));
    },
  },
  'exp, log, sqrt, division': {
    x: [3, 4],
    w: [[4]],
    loss: (x, w) => {
      const e = tf.exp(tf.mul(tf.mul(x, w), 0.3));
      return curved(tf.div(tf.log(tf.add(e, 1)), tf.sqrt(tf.add(e, 2))));
    },
  },
  'a whole net of two convolutions': {
    x: [2, 8, 8, 1],
    w: [[3, 3, 1, 2], [2], [3, 3, 2, 3], [3], [12, 4], [4]],
    loss: (x, f1, b1, f2, b2, w, b) => {
      const h = ops.tanh(ops.conv2d(x as tf.Tensor4D, f1 as tf.Tensor4D, 1, 'same', b1 as tf.Tensor1D));
      const k = ops.sigmoid(ops.conv2d(ops.avgPool(h, 2, 2), f2 as tf.Tensor4D, 2, 1, b2 as tf.Tensor1D));
      const z = ops.dense(tf.reshape(k, [2, 12]), w as tf.Tensor2D, b as tf.Tensor1D);
      return ops.crossEntropy(labels(2, 4), z);
    },
  },
};

export const cases: readonly Case[] = Object.entries(sketches).map(([name, sketch]) => {
  const random = randomStream(20, 'second-order', name);
  const [size, parameters] = [sizeOf(sketch.x), total(sketch.w)];
  const values = sketch.elementwise ? apart(random, size) : normals(random, size);
  const w = sketch.elementwise
    ? Float32Array.from({ length: parameters }, () => 0.9 + 0.2 * random.uniform())
    : normals(random, parameters, 0.5);
  const { loss, nativeOnly } = sketch;
  return { name, x: { shape: sketch.x, values }, parts: sketch.w, w, loss, ...(nativeOnly && { nativeOnly }) };
});
