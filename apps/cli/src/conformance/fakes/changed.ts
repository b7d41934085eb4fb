import type { TensorBundle } from '@theriac/contract/tensor';
import { namedArrayOf, tensorOf } from '@theriac/service-kit';
import { float32Of, int32Of, namedFloat32, namedInt32 } from '@theriac/tensors';

/** An inline bundle of one tensor with other values. */
export function changed(
  bundle: TensorBundle | undefined,
  change: (value: number, index: number, all: ArrayLike<number>) => number,
): TensorBundle {
  if (bundle?.source?.$case !== 'inline') throw new TypeError('the bundle is not inline');
  const [first, ...others] = bundle.source.value.tensors;
  if (first === undefined) throw new TypeError('the bundle is empty');
  const array = namedArrayOf(first, 'tensor');
  const made =
    array.dataType === 'I32'
      ? namedInt32(
          array.name,
          array.shape,
          Int32Array.from(int32Of(array), (value, k) => change(value, k, int32Of(array))),
        )
      : namedFloat32(
          array.name,
          array.shape,
          Float32Array.from(float32Of(array), (value, k) => change(value, k, float32Of(array))),
        );
  return { source: { $case: 'inline', value: { tensors: [tensorOf(made), ...others] } } };
}
