/** A game of two features, whose messages are short and whose data set has no more rows, whatever is asked. */
import { Placement, Scaling } from '@theriac/contract/game';
import type { GameSpec, Poison } from '@theriac/contract/game';
import { DataType } from '@theriac/contract/tensor';
import type { Tensor, TensorBundle } from '@theriac/contract/tensor';

export const tinyGameSpec: GameSpec = {
  dataset: 'gaussians',
  trainLimit: 64,
  validationCount: 8,
  model: 'lr',
  scaling: Scaling.STANDARDISED,
};

/** A flat vector of the size of w: softmax regression of 2 features and 2 classes. */
export const tinyVector = (name: string): TensorBundle =>
  bundleOf(floats(name, [6], [0.1, -0.2, 0.3, 0.05, -0.1, 0.2]));

export const tinyPoison: Poison = {
  rows: bundleOf(floats('x', [2, 2], [0.5, 0.4, -0.3, 0.2]), {
    name: 'y',
    dataType: DataType.I32,
    shape: [2],
    data: Buffer.from(Int32Array.of(0, 1).buffer),
  }),
  placement: Placement.ADDED,
};

function floats(name: string, shape: number[], values: readonly number[]): Tensor {
  return { name, dataType: DataType.F32, shape, data: Buffer.from(Float32Array.from(values).buffer) };
}

function bundleOf(...tensors: Tensor[]): TensorBundle {
  return { source: { $case: 'inline', value: { tensors } } };
}
