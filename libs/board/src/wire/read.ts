import { placements } from '@theriac/contract';
import type { Poison } from '@theriac/contract/game';
import type { TensorBundle } from '@theriac/contract/tensor';
import type { Placement } from '@theriac/game';
import { readBundle, requireTensor } from '@theriac/service-kit';
import type { BlobStore } from '@theriac/service-kit';
import { invalid } from '@theriac/tensors';

/** Poison as plain data, stored units. */
export interface WirePoison {
  /** [m * features]. */
  readonly x: Float32Array;
  /** [m]. */
  readonly y: Int32Array;
  /** [m], the training row each started from; undefined: not said. */
  readonly base: Int32Array | undefined;
  readonly placement: Placement;
}

/** The poison of a message; undefined when it is not set. Throws INVALID_ARGUMENT naming the dotted field. */
export async function readPoison(
  poison: Poison | undefined,
  blobs: BlobStore,
  field = 'poison',
): Promise<WirePoison | undefined> {
  if (poison === undefined) return undefined;
  const placement = placements.toName(poison.placement);
  if (placement === undefined)
    throw invalid(`${field}.placement`, poison.placement, placements.names.join(', '), 'Choose one of these.');
  const where = `${field}.rows`;
  const tensors = await readBundle(poison.rows, blobs, where);
  const y = requireTensor(tensors, 'y', { rank: 1, integer: true }, where);
  const count = y.shape[0] as number;
  const x = requireTensor(tensors, 'x', { leading: count, finite: true }, where);
  const base = tensors.has('base')
    ? requireTensor(tensors, 'base', { rank: 1, leading: count, integer: true }, where).int32()
    : undefined;
  return { x: x.float32(), y: y.int32(), base, placement };
}

/** The flat vector `name` of a bundle, finite. Throws INVALID_ARGUMENT naming the dotted field. */
export async function readVector(
  bundle: TensorBundle | undefined,
  blobs: BlobStore,
  name: string,
  field = name,
): Promise<Float32Array> {
  return requireTensor(await readBundle(bundle, blobs, field), name, { rank: 1, finite: true }, field).float32();
}

/** One vector [p] or several [k, p] under `name`, finite. */
export async function readVectors(
  bundle: TensorBundle | undefined,
  blobs: BlobStore,
  name: string,
  field = name,
): Promise<{ values: Float32Array; count: number }> {
  const tensor = requireTensor(await readBundle(bundle, blobs, field), name, { finite: true }, field);
  return { values: tensor.float32(), count: tensor.shape.length === 2 ? (tensor.shape[0] as number) : 1 };
}
