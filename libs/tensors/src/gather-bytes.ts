/**
 * Rows of bytes kept as they are stored (MNIST: 47 MB instead of 188) and turned into numbers when a batch is made.
 *
 * tfjs has no uint8 tensors, so four bytes ride in one int32, little endian: row i is words [i, 0 .. ceil(features/4)).
 */
import { invalid } from './errors';
import { runKernel } from './second-order/tape';
import { tf } from './tf';

/** Packs rows of bytes [count, features] into int32 words [count, ceil(features/4)]. The caller disposes. */
export function packBytes(bytes: Uint8Array, count: number, features: number): tf.Tensor2D {
  if (bytes.length !== count * features)
    throw invalid('bytes.length', bytes.length, `${count * features} (count * features)`);
  const words = Math.ceil(features / 4);
  const rows = new Uint8Array(count * words * 4);
  if (features === words * 4) rows.set(bytes);
  else for (let i = 0; i < count; i++) rows.set(bytes.subarray(i * features, (i + 1) * features), i * words * 4);
  return tf.tensor2d(new Int32Array(rows.buffer), [count, words], 'int32');
}

/**
 * The bytes of the rows `indices` as numbers 0..255: packed [n, ceil(features/4)] int32, indices [b] int32 -> float32 [b, features].
 * Not differentiable. Inside `compile` on `tensorflow` only; elsewhere it passes through JavaScript. The caller disposes.
 */
export function gatherBytes(packed: tf.Tensor2D, indices: tf.Tensor1D, features: number): tf.Tensor2D {
  const [, words] = packed.shape;
  if (words !== Math.ceil(features / 4))
    throw invalid('features', features, `${4 * words - 3} to ${4 * words} for ${words} words a row`);
  if (tf.getBackend() === 'tensorflow')
    return runKernel<tf.Tensor2D>('NativeGatherBytes', { packed, indices }, { features });
  const rows = tf.gather(packed, indices);
  const { buffer, byteOffset, byteLength } = rows.dataSync<'int32'>();
  rows.dispose();
  const [count] = indices.shape;
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  const values = new Float32Array(count * features);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < features; j++) values[i * features + j] = bytes[i * words * 4 + j] as number;
  }
  return tf.tensor2d(values, [count, features]);
}
