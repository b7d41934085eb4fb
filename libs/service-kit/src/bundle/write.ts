import { dataTypes } from '@theriac/contract';
import type { BlobRef, Tensor, TensorBundle } from '@theriac/contract/tensor';
import { layOutSafetensors, type NamedArray } from '@theriac/tensors';
import { copyInTurns } from '../in-turns';

/** Bundles above this many bytes travel as blobs. */
export const inlineBytes = 1 << 20;

/** Where a bundle's blob goes. */
export interface BlobSink {
  put(content: Uint8Array): Promise<BlobRef>;
}

/**
 * A bundle of tensors with unique names: inline up to 1 MiB in all, else as a safetensors blob put into `blobs`. Yields to the
 * event loop every few milliseconds.
 */
export async function writeBundle(arrays: readonly NamedArray[], blobs: BlobSink): Promise<TensorBundle> {
  const bytes = arrays.reduce((total, array) => total + array.bytes.byteLength, 0);
  if (bytes <= inlineBytes) return { source: { $case: 'inline', value: { tensors: arrays.map(tensorOf) } } };
  const { file, parts } = layOutSafetensors(arrays);
  for (const { at, bytes: part } of parts) await copyInTurns(file, part, at);
  return { source: { $case: 'blob', value: await blobs.put(file) } };
}

/** A tensor message over the memory of a named array. */
export function tensorOf({ name, dataType, shape, bytes }: NamedArray): Tensor {
  return {
    name,
    dataType: dataTypes.toValue(dataType),
    shape: [...shape],
    data: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
  };
}
