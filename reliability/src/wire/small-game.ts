/** A game that every service plays in milliseconds, as messages of the contract. */
import { Placement, Scaling } from '@theriac/contract/game';
import type { GameSpec, Poison } from '@theriac/contract/game';
import { DataType } from '@theriac/contract/tensor';
import type { Tensor, TensorBundle } from '@theriac/contract/tensor';
import { randomStream } from '@theriac/tensors';

const features = 784;
const poisonRows = 2;
/** Of softmax regression on 28 x 28 pixels and 10 classes. */
const parameterCount = (features + 1) * 10;

export const smallGameSpec: GameSpec = {
  dataset: 'synthetic-digits',
  trainLimit: 64,
  validationCount: 8,
  model: 'lr',
  scaling: Scaling.STANDARDISED,
};

/** A flat vector of the size of w, drawn, as a bundle with one tensor `name`. */
export function drawnVector(name: string, seed: number): TensorBundle {
  const random = randomStream(seed, 'reliability', name);
  return bundleOf(
    tensorOf(
      name,
      [parameterCount],
      Float32Array.from({ length: parameterCount }, () => 0.01 * random.normal()),
    ),
  );
}

/** Two grey rows. */
export const smallPoison: Poison = {
  rows: bundleOf(tensorOf('x', [poisonRows, features], new Float32Array(poisonRows * features).fill(0.5)), {
    name: 'y',
    dataType: DataType.I32,
    shape: [poisonRows],
    data: Buffer.from(Int32Array.of(3, 7).buffer),
  }),
  placement: Placement.ADDED,
};

function tensorOf(name: string, shape: number[], values: Float32Array): Tensor {
  return { name, dataType: DataType.F32, shape, data: Buffer.from(values.buffer) };
}

function bundleOf(...tensors: Tensor[]): TensorBundle {
  return { source: { $case: 'inline', value: { tensors } } };
}
