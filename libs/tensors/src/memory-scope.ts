/** Memory of tensors: they live until disposed, or until the scope that made them ends. */
import { tf } from './tf';

/** How many tensors are alive: the same before and after whatever claims to leave none behind. */
export function liveTensors(): number {
  return tf.memory().numTensors;
}

/** Runs f and disposes every tensor made in it but those it returns (tf.tidy). f must not be asynchronous. */
export function scoped<T>(f: () => T): T {
  return tf.tidy(f as () => tf.TensorContainer) as T;
}
