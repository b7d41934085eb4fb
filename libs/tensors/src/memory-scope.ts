/** Memory of tensors: they live until disposed, or until the scope that made them ends. */
import { tf } from './tf';

/** How many tensors are alive: the same before and after whatever claims to leave none behind. */
export function liveTensors(): number {
  return tf.memory().numTensors;
}

/** How many tensors are alive, and their bytes; asking chooses no engine. */
export function tensorsHeld(): { readonly tensors: number; readonly bytes: number } {
  const { numTensors: tensors, numBytes: bytes } = tf.engine().state;
  return { tensors, bytes };
}

/** Runs f and disposes every tensor made in it but those it returns (tf.tidy). f must not be asynchronous. */
export function scoped<T>(f: () => T): T {
  return tf.tidy(f as () => tf.TensorContainer) as T;
}

/**
 * Runs f and gives the values of the tensors that it returns; no tensor is left. What goes out through `scoped` is walked
 * element by element in search of tensors, so that large arrays should leave this way.
 */
export function valuesOf(f: () => tf.Tensor[]): Float32Array[] {
  const tensors = tf.tidy(f);
  const values = tensors.map((tensor) => tensor.dataSync<'float32'>());
  tf.dispose(tensors);
  return values;
}
