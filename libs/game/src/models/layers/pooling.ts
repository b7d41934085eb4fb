import { ops, tf } from '@theriac/tensors/engine';
import { tooSmall } from './convolution';
import type { LayerOf } from './layer';
import { plainLayer } from './layer';

/** The largest of each window of size x size, windows side by side, what is left over at the edges dropped. */
export function maxPool(size: number): LayerOf {
  return (input) => {
    const [height, width, channels] = input as [number, number, number];
    if (Math.min(height, width) < size) throw tooSmall('a pooling layer', input, `at least ${size} pixels`);
    return plainLayer([Math.floor(height / size), Math.floor(width / size), channels], (x) =>
      ops.maxPool(x as tf.Tensor4D, size, size),
    );
  };
}

/** The mean of each channel over the whole image. */
export const globalAverage: LayerOf = (input) => plainLayer([input[2] ?? 0], (x) => tf.mean(x, [1, 2]));
