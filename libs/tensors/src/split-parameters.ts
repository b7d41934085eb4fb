/** w [p] -> its named parts, as tensors of their shapes: the way from the flat vector into a model. */
import { ops } from './ops';
import { checkLength } from './parameters';
import type { ParameterLayout } from './parameters';
import type { tf } from './tf';

/** The parts of w, differentiable in w. Throws INVALID_ARGUMENT for a vector of another length. The caller disposes. */
export function splitParameters(w: tf.Tensor1D, layout: ParameterLayout): Record<string, tf.Tensor> {
  checkLength(w.size, layout);
  const slices = ops.split(
    w,
    layout.views.map(({ size }) => size),
  );
  const parts = layout.views.map(({ name, shape }, i): [string, tf.Tensor] => [
    name,
    (slices[i] as tf.Tensor1D).reshape([...shape]),
  ]);
  for (const slice of slices) slice.dispose();
  return Object.fromEntries(parts);
}
