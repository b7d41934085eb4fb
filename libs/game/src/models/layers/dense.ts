import { invalid } from '@theriac/tensors';
import type { tf } from '@theriac/tensors/engine';
import { ops } from '@theriac/tensors/engine';
import type { LayerOf } from './layer';
import { view } from './layer';

/** x W + b: x [inputs], W [inputs, outputs], b [outputs]; uniform within 1/sqrt(inputs) at first, as in PyTorch. */
export function dense(name: string, outputs: number): LayerOf {
  return (input) => {
    const [inputs] = input;
    if (input.length !== 1 || inputs === undefined) throw invalid(`layer ${name}`, input, 'a vector', 'Flatten first.');
    const initial = { bound: 1 / Math.sqrt(inputs) };
    return {
      shape: [outputs],
      parameters: [
        { name: `${name}.weight`, shape: [inputs, outputs], initial },
        { name: `${name}.bias`, shape: [outputs], initial },
      ],
      statistics: [],
      dropout: [],
      activations: outputs,
      forward(x, pass) {
        const weight = view<tf.Tensor2D>(pass, `${name}.weight`);
        const output = ops.dense(x as tf.Tensor2D, weight, view<tf.Tensor1D>(pass, `${name}.bias`));
        return pass.tap?.({ weight: `${name}.weight`, filters: undefined }, x, output) ?? output;
      },
    };
  };
}
