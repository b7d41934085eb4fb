/**
 * The leader's networks of TGDA's released code (Lu, Kamath, Yu, TMLR 2022), initialised as PyTorch does:
 *   dense          [label, row] -> d -> d -> d, LeakyReLU 0.2 between, tanh at the end; the label is the raw number
 *   convolutional  row 32 x 32 x 3 -> 12 -> 24 -> 48 -> 24 -> 12 -> 3, kernels 4, strides 2, ReLU between, nothing at the end,
 *                  and no label
 */
import { layoutOf, viewOf } from '@theriac/tensors';
import type { ParameterLayout, RandomStream } from '@theriac/tensors';

/** A network that makes a poison row of a clean one; both within [-1, 1] where the data have a range. */
export interface GeneratorShape {
  readonly kind: 'dense' | 'convolutional';
  readonly features: number;
  /** Values of an input: the row, and the label before it where it is an input. */
  readonly inputs: number;
  readonly layout: ParameterLayout;
}

const side = 32;
/** [input channels, output channels] of the layers; the second half are transposed convolutions. */
export const channels = [
  [3, 12],
  [12, 24],
  [24, 48],
  [48, 24],
  [24, 12],
  [12, 3],
] as const;
const kernel = 4;

/** The published network for rows of so many features: convolutional for 32 x 32 x 3, else dense. */
export function generatorFor(features: number): GeneratorShape {
  if (features === side * side * 3) {
    const layers = channels.flatMap(([from, to], k) => [
      // [height, width, in, out]; a transposed one is the other way round.
      { name: `layer${k + 1}.weight`, shape: k < 3 ? [kernel, kernel, from, to] : [kernel, kernel, to, from] },
      { name: `layer${k + 1}.bias`, shape: [to] },
    ]);
    return { kind: 'convolutional', features, inputs: features, layout: layoutOf(layers) };
  }
  const layers = [1, 2, 3].flatMap((k) => [
    { name: `layer${k}.weight`, shape: [k === 1 ? features + 1 : features, features] },
    { name: `layer${k}.bias`, shape: [features] },
  ]);
  return { kind: 'dense', features, inputs: features + 1, layout: layoutOf(layers) };
}

/** Fresh weights theta, uniform within 1 / sqrt(fan-in). */
export function initialGenerator({ kind, layout }: GeneratorShape, random: RandomStream): Float32Array {
  const theta = new Float32Array(layout.size);
  for (const { name, shape } of layout.views) {
    if (!name.endsWith('weight')) continue;
    // PyTorch takes the second axis of its own weights for the fan-in: of a transposed convolution, the outputs.
    const fanIn = kind === 'dense' ? shape[0]! : kernel * kernel * shape[2]!;
    const bound = 1 / Math.sqrt(fanIn);
    for (const part of [name, name.replace('weight', 'bias')])
      random.fork(part).fillUniform(viewOf(theta, layout, part), -bound, bound);
  }
  return theta;
}
