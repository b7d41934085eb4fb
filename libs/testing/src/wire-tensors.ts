/** Messages of the contract from plain numbers, for tests of services. */
import { Placement } from '@theriac/contract/game';
import type { Poison } from '@theriac/contract/game';
import { DataType } from '@theriac/contract/tensor';
import type { Tensor, TensorBundle } from '@theriac/contract/tensor';

/** F32 values of shape [length], or as `change` says. */
export function floatTensor(name: string, values: ArrayLike<number>, change: Partial<Tensor> = {}): Tensor {
  const data = Buffer.from(Float32Array.from(values).buffer);
  return { name, dataType: DataType.F32, shape: [values.length], data, ...change };
}

/** I32 values of shape [length]. */
export function integerTensor(name: string, values: ArrayLike<number>): Tensor {
  return { name, dataType: DataType.I32, shape: [values.length], data: Buffer.from(Int32Array.from(values).buffer) };
}

/** The tensors inline. */
export function inlineBundle(...tensors: Tensor[]): TensorBundle {
  return { source: { $case: 'inline', value: { tensors } } };
}

/** Rows x [y.length, features] in stored units with labels y, and base rows where they are said. */
export function poisonOf(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  base?: ArrayLike<number>,
  placement = Placement.UNSPECIFIED,
): Poison {
  const shape = [y.length, y.length === 0 ? 0 : x.length / y.length];
  const tensors = [floatTensor('x', x, { shape }), integerTensor('y', y)];
  return { rows: inlineBundle(...tensors, ...(base === undefined ? [] : [integerTensor('base', base)])), placement };
}
