/**
 * Everything a model needs, right in first and second derivatives on every backend: natively on `tensorflow`, composed of
 * tfjs's own ops elsewhere. Images are NHWC, filters HWIO. The caller disposes every result.
 */
import { gatherBytes } from './gather-bytes';
import { detach, gradientDepth, runKernel } from './second-order/tape';
import { tf } from './tf';

export type Strides = number | [number, number];
/** 'same' and 'valid' as in TensorFlow; a number pads each side of both axes by it, as in PyTorch. */
export type Padding = 'same' | 'valid' | number;

const native = (): boolean => tf.getBackend() === 'tensorflow';

function addBias<T extends tf.Tensor>(x: T, bias?: tf.Tensor1D): T {
  if (!bias) return x;
  return native() ? runKernel<T>('NativeBiasAdd', { x, bias }) : tf.add(x, bias);
}

/** x w + b: x [b, i], w [i, o], b [o]. */
function dense(x: tf.Tensor2D, w: tf.Tensor2D, b?: tf.Tensor1D): tf.Tensor2D {
  return addBias(tf.matMul(x, w), b);
}

/** Cross-correlation: x [b, h, w, i], filter [kh, kw, i, o], bias [o]. */
function conv2d(x: tf.Tensor4D, filter: tf.Tensor4D, strides: Strides, pad: Padding, bias?: tf.Tensor1D): tf.Tensor4D {
  if (typeof pad !== 'number') return addBias(tf.conv2d(x, filter, strides, pad), bias);
  const sides: [number, number] = [pad, pad];
  const padded = pad === 0 ? x : tf.pad(x, [[0, 0], sides, sides, [0, 0]]);
  return addBias(tf.conv2d(padded, filter, strides, 'valid'), bias);
}

/** max(x, 0); its derivative at 0 is 0. */
function relu<T extends tf.Tensor>(x: T): T {
  return tf.relu(x);
}

/** x where x > 0, else alpha x. */
function leakyRelu<T extends tf.Tensor>(x: T, alpha: number): T {
  if (native()) return runKernel<T>('NativeLeakyRelu', { x }, { alpha });
  return tf.sub(tf.relu(x), tf.mul(tf.relu(tf.neg(x)), alpha));
}

function tanh<T extends tf.Tensor>(x: T): T {
  return tf.tanh(x);
}

function sigmoid<T extends tf.Tensor>(x: T): T {
  return tf.sigmoid(x);
}

/** The largest of each window, without padding. Overlapping windows: second derivatives on `tensorflow` only. */
function maxPool(x: tf.Tensor4D, size: Strides, strides: Strides): tf.Tensor4D {
  return tf.maxPool(x, size, strides, 'valid');
}

/** The mean of each window, without padding. */
function avgPool(x: tf.Tensor4D, size: Strides, strides: Strides): tf.Tensor4D {
  return tf.avgPool(x, size, strides, 'valid');
}

/** A batch normalised by its own statistics; mean and unbiased variance, one of each for every channel, are constants. */
export interface BatchNormalised<T extends tf.Tensor> {
  readonly output: T;
  readonly mean: tf.Tensor1D;
  readonly variance: tf.Tensor1D;
}

/** (x - mean) / sqrt(var + eps) * gamma + beta over all axes but the last, var the biased variance of the batch. */
function batchNorm<T extends tf.Tensor>(x: T, gamma: tf.Tensor1D, beta: tf.Tensor1D, eps: number): BatchNormalised<T> {
  if (native() && x.rank === 4 && gradientDepth() < 2) {
    const [output, mean, variance] = runKernel('NativeBatchNorm', { x, gamma, beta }, { eps }) as unknown as [
      T,
      tf.Tensor1D,
      tf.Tensor1D,
    ];
    return { output, mean: detach(mean), variance: detach(variance) };
  }
  const axes = x.shape.map((_, i) => i).slice(0, -1);
  const mean = tf.mean(x, axes, true);
  const centred = tf.sub(x, mean);
  const variance = tf.mean(tf.mul(centred, centred), axes, true);
  const output = tf.add<T>(tf.mul(centred, tf.mul(tf.rsqrt(tf.add(variance, eps)), gamma)), beta);
  const samples = x.size / gamma.size;
  return {
    output,
    mean: tf.reshape(detach(mean), gamma.shape),
    variance: tf.mul(tf.reshape(detach(variance), gamma.shape), samples / Math.max(1, samples - 1)),
  };
}

/** The output of `batchNorm` alone. */
function batchNormTrain<T extends tf.Tensor>(x: T, gamma: tf.Tensor1D, beta: tf.Tensor1D, eps = 1e-5): T {
  return batchNorm(x, gamma, beta, eps).output;
}

/** z - log sum exp z over the last axis. */
function logSoftmax<T extends tf.Tensor>(z: T): T {
  if (native()) return runKernel<T>('NativeLogSoftmax', { x: z });
  const shifted = tf.sub(z, detach(tf.max(z, -1, true)));
  return tf.sub(shifted, tf.log(tf.sum(tf.exp(shifted), -1, true)));
}

/** exp(z) / sum exp z over the last axis. */
function softmax<T extends tf.Tensor>(z: T): T {
  return tf.softmax(z);
}

/** CE_i = -sum_k labels[i,k] logSoftmax(logits)[i,k]; their mean, or sum_i weights[i] CE_i. labels, logits [b, c], weights [b]. */
function crossEntropy(labels: tf.Tensor2D, logits: tf.Tensor2D, weights?: tf.Tensor1D): tf.Scalar {
  const each = crossEntropies(labels, logits);
  return weights ? tf.sum(tf.mul(each, weights)) : tf.mean(each);
}

/** Most logits for which the fused op, which uses one thread, is the faster one: 10,000 of them cost 0.03 ms more. */
const mostFusedLogits = 4096;

function crossEntropies(labels: tf.Tensor2D, logits: tf.Tensor2D): tf.Tensor1D {
  const fused = native() && gradientDepth() < 2 && logits.size <= mostFusedLogits;
  if (!fused) return tf.neg(tf.sum(tf.mul(labels, logSoftmax(logits)), -1));
  const [each] = runKernel('NativeSoftmaxCrossEntropy', { logits, labels }) as unknown as [tf.Tensor1D];
  return each;
}

/** The parts of x [n], one after the other with these sizes, which add up to n; its gradient is one concatenation. */
function split(x: tf.Tensor1D, sizes: readonly number[]): tf.Tensor1D[] {
  if (!native()) return tf.split(x, [...sizes]);
  return runKernel('NativeSplit', { x }, { sizes: [...sizes] }) as unknown as tf.Tensor1D[];
}

/** The rows x[indices]: x [n, ...], indices [b] int32 -> [b, ...]. Equal indices add up in the gradient. */
function gatherRows<T extends tf.Tensor>(x: T, indices: tf.Tensor1D): T {
  return native() ? runKernel<T>('NativeGatherRows', { x, indices }) : tf.gather(x, indices);
}

/** Labels [b] int32 as one-hot rows [b, classes], float32 (tf.oneHot(..., 'float32') is wrong on wasm). */
function oneHot(y: tf.Tensor1D, classes: number): tf.Tensor2D {
  if (native()) return tf.oneHot(y, classes, 1, 0, 'float32') as tf.Tensor2D;
  return tf.cast(tf.oneHot(y, classes), 'float32') as tf.Tensor2D;
}

export const ops = {
  dense,
  conv2d,
  relu,
  leakyRelu,
  tanh,
  sigmoid,
  maxPool,
  avgPool,
  batchNorm,
  batchNormTrain,
  logSoftmax,
  softmax,
  crossEntropy,
  gatherRows,
  split,
  gatherBytes,
  oneHot,
  detach,
} as const;
