import { tf } from '@theriac/tensors/engine';
import { chain } from './chain';
import { relu } from './activation';
import type { LayerOf } from './layer';
import { plainLayer, sizeOf } from './layer';
import { normalisedConvolution } from './normalised-convolution';

/**
 * The basic block of He et al. (CVPR 2016), as torchvision has it: relu(f(x) + s(x)), f two 3x3 convolutions with batch
 * normalisation, relu between them, the first with the stride; s a normalised 1x1 convolution where the shape changes, else x.
 */
export function residualBlock(name: string, width: number, stride: number): LayerOf {
  const convolution = (k: number, step: number): LayerOf =>
    normalisedConvolution(
      { convolution: `${name}.conv${k}`, norm: `${name}.bn${k}` },
      { count: width, size: 3, stride: step, pad: 1 },
    );
  const projection = normalisedConvolution(
    { convolution: `${name}.downsample.0`, norm: `${name}.downsample.1` },
    { count: width, size: 1, stride },
  );
  return (input) => {
    const body = chain(convolution(1, stride), relu, convolution(2, 1))(input);
    const changes = stride !== 1 || input[2] !== width;
    const shortcut = changes ? projection(input) : plainLayer(input, (x) => x);
    return {
      shape: body.shape,
      parameters: [...body.parameters, ...shortcut.parameters],
      statistics: [...body.statistics, ...shortcut.statistics],
      dropout: [],
      activations: body.activations + (changes ? shortcut.activations : 0) + 2 * sizeOf(body.shape),
      forward: (x, pass) => tf.relu(tf.add(body.forward(x, pass), shortcut.forward(x, pass))),
    };
  };
}
