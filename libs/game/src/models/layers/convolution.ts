import { invalid } from '@theriac/tensors';
import type { Padding, tf } from '@theriac/tensors/engine';
import { ops } from '@theriac/tensors/engine';
import type { LayerOf, Parameter, Shape } from './layer';
import { sizeOf, view } from './layer';

/** Geometry of a convolution: square filters, `pad` zeros on each side of both axes, as in PyTorch. */
export interface Filters {
  readonly count: number;
  readonly size: number;
  readonly stride?: number;
  readonly pad?: number;
}

/**
 * Cross-correlation and bias: x [h, w, i], filters [size, size, i, count], bias [count], all uniform within
 * 1/sqrt(size^2 i) at first, as in PyTorch.
 */
export function convolution(name: string, filters: Filters): LayerOf {
  return (input) => {
    const filter = filterOf(name, input, filters);
    const shape = convolved(name, input, filters);
    return {
      shape,
      parameters: [filter, { name: `${name}.bias`, shape: [filters.count], initial: filter.initial }],
      statistics: [],
      dropout: [],
      activations: sizeOf(shape),
      forward(x, pass) {
        const weights = view<tf.Tensor4D>(pass, filter.name);
        const output = convolve(x as tf.Tensor4D, weights, filters, view<tf.Tensor1D>(pass, `${name}.bias`));
        const { size, stride = 1, pad = 0 } = filters;
        return pass.tap?.({ weight: filter.name, filters: { size, stride, pad } }, x, output) ?? output;
      },
    };
  };
}

/** The filters as a parameter, `<name>.weight`. */
export function filterOf(name: string, input: Shape, { count, size }: Filters): Parameter {
  const channels = input[2] ?? 0;
  return {
    name: `${name}.weight`,
    shape: [size, size, channels, count],
    initial: { bound: 1 / Math.sqrt(size * size * channels) },
  };
}

/** Shape after a convolution: floor((n + 2 pad - size) / stride) + 1 along each axis. Refuses images that are too small. */
export function convolved(name: string, input: Shape, { count, size, stride = 1, pad = 0 }: Filters): Shape {
  const [height, width] = input as [number, number];
  const along = (n: number): number => Math.floor((n + 2 * pad - size) / stride) + 1;
  if (Math.min(height, width) + 2 * pad < size) throw tooSmall(name, input, `at least ${size - 2 * pad} pixels`);
  return [along(height), along(width), count];
}

/** The op itself. Padding that keeps the size is left to the op, which pads without a copy. */
export function convolve(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  { size, stride = 1, pad = 0 }: Filters,
  bias?: tf.Tensor1D,
): tf.Tensor4D {
  const padding: Padding = stride === 1 && pad > 0 && 2 * pad + 1 === size ? 'same' : pad;
  return ops.conv2d(x, filter, stride, padding, bias);
}

/** The refusal of an image of which nothing is left at this layer. */
export function tooSmall(name: string, input: Shape, least: string): Error {
  return invalid(
    'game.model',
    `too deep for these images: ${input[0]} x ${input[1]} pixels are left at ${name}`,
    `images of which ${least} a side are left there`,
    'Choose a smaller model, or a data set with larger images.',
  );
}
