/** The generator's forward pass, and a step of its weights along a direction of its output. Loads the engine. */
import { gradient, ops, splitParameters, tf, valuesOf } from '@theriac/tensors/engine';
import { channels } from './generators';
import type { GeneratorShape } from './generators';

/** Rows generated at once. */
const rowsAtOnce = 256;

/** G_theta of `count` inputs [count * inputs]: outputs [count * features]. */
export function generated(
  shape: GeneratorShape,
  theta: Float32Array,
  inputs: Float32Array,
  count: number,
): Float32Array {
  const out = new Float32Array(count * shape.features);
  for (let from = 0; from < count; from += rowsAtOnce) {
    const to = Math.min(from + rowsAtOnce, count);
    const pass = () => [outputs(shape, tf.tensor1d(theta.slice()), inputsOf(shape, inputs, from, to))];
    out.set(valuesOf(pass)[0]!, from * shape.features);
  }
  return out;
}

/** theta + rate d/dtheta <G_theta(inputs), direction>, and the norm of that derivative. `direction` is [count * features]. */
export function ascended(
  shape: GeneratorShape,
  theta: Float32Array,
  inputs: Float32Array,
  direction: Float32Array,
  rate: number,
): { theta: Float32Array; norm: number } {
  const count = direction.length / shape.features;
  const [next, squared] = valuesOf(() => {
    const x = inputsOf(shape, inputs, 0, count);
    const towards = tf.tensor2d(direction.slice(), [count, shape.features]);
    const weights = tf.tensor1d(theta.slice());
    const slope = gradient((at) => tf.sum(tf.mul(outputs(shape, at, x), towards)), weights).gradient;
    return [tf.add(weights, tf.mul(slope, rate)), tf.sum(tf.mul(slope, slope))];
  }) as [Float32Array, Float32Array];
  return { theta: next, norm: Math.sqrt(squared[0]!) };
}

function inputsOf({ inputs: width }: GeneratorShape, values: Float32Array, from: number, to: number): tf.Tensor2D {
  return tf.tensor2d(values.slice(from * width, to * width), [to - from, width]);
}

function outputs(shape: GeneratorShape, theta: tf.Tensor1D, x: tf.Tensor2D): tf.Tensor2D {
  const views = splitParameters(theta, shape.layout);
  const weight = (k: number): tf.Tensor => views[`layer${k}.weight`] as tf.Tensor;
  const bias = (k: number): tf.Tensor1D => views[`layer${k}.bias`] as tf.Tensor1D;
  if (shape.kind === 'dense') {
    const dense = (h: tf.Tensor2D, k: number) => ops.dense(h, weight(k) as tf.Tensor2D, bias(k));
    return ops.tanh(dense(ops.leakyRelu(dense(ops.leakyRelu(dense(x, 1), 0.2), 2), 0.2), 3));
  }
  const count = x.shape[0];
  const layers = channels.length;
  let h: tf.Tensor4D = tf.reshape(x, [count, 32, 32, 3]);
  for (let k = 1; k <= layers; k++) {
    const [, to] = channels[k - 1]!;
    const size = h.shape[1] * 2;
    const z: tf.Tensor4D =
      k <= layers / 2
        ? ops.conv2d(h, weight(k) as tf.Tensor4D, 2, 1, bias(k))
        : tf.add(tf.conv2dTranspose(h, weight(k) as tf.Tensor4D, [count, size, size, to], 2, 'same'), bias(k));
    h = k === layers ? z : ops.relu(z);
  }
  return tf.reshape(h, [count, shape.features]);
}
