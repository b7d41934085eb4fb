import { tf } from '@theriac/tensors/engine';
import type { LayerOf } from './layer';
import { plainLayer, sizeOf } from './layer';

/** While trained: mask x / (1 - rate), the mask given with the pass; otherwise x itself (Srivastava et al., JMLR 2014). */
export function dropout(rate: number): LayerOf {
  return (input) => ({
    ...plainLayer(input, (x, { training }) => {
      const mask = training?.nextMask();
      return mask === undefined ? x.clone() : tf.mul(tf.mul(x, mask.reshape(x.shape)), 1 / (1 - rate));
    }),
    dropout: [{ rate, width: sizeOf(input) }],
  });
}
