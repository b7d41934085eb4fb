/** Tensors of a message, inline or in a blob, as named arrays: validated, views where possible. */
import { dataTypes } from '@theriac/contract';
import { DataType, type BlobRef, type Tensor, type TensorBundle } from '@theriac/contract/tensor';
import {
  byteSize,
  decodeSafetensors,
  elementCount,
  invalid,
  maximumRank,
  TheriacError,
  type NamedArray,
} from '@theriac/tensors';
import { requireBlobRef } from '../blobs/blob-ref';
import { restoredError } from '../restored-error';

const mostTensors = 1024;
const longestName = 256;
/** 1 GiB as 32-bit floats: what a tensor of a narrower type is widened to. */
const mostElements = 2 ** 28;

/** Where the content of a bundle's blob comes from; `field` names the reference in errors. */
export interface BlobSource {
  get(ref: BlobRef, field: string): Promise<Uint8Array>;
}

/**
 * The tensors of a bundle by name. INVALID_ARGUMENT naming the dotted field: nothing set, a name missing, too long or repeated, a
 * data type not set, rank above 8, more than 2^28 elements, bytes that contradict the shape, a blob that is no safetensors file;
 * NOT_FOUND: a missing blob.
 */
export async function readBundle(
  bundle: TensorBundle | undefined,
  blobs: BlobSource,
  field: string,
): Promise<ReadonlyMap<string, NamedArray>> {
  const source = bundle?.source;
  if (!source) throw invalid(field, undefined, 'tensors, inline or in a blob');
  if (source.$case === 'inline') return inlineTensors(source.value.tensors, `${field}.inline.tensors`);
  const where = `${field}.blob`;
  const tensors = blobTensors(await blobs.get(requireBlobRef(source.value, where), where), where);
  for (const { name, shape } of tensors.values()) {
    const found = elementCount(shape);
    if (found > mostElements)
      throw invalid(`${where}.${name}.shape`, `${found} elements`, `at most ${mostElements} elements`);
  }
  return tensors;
}

function inlineTensors(tensors: readonly Tensor[], field: string): Map<string, NamedArray> {
  if (tensors.length > mostTensors) throw invalid(field, `${tensors.length} tensors`, `at most ${mostTensors}`);
  const found = new Map<string, NamedArray>();
  tensors.forEach((tensor, at) => {
    const array = namedArrayOf(tensor, `${field}[${at}]`);
    if (found.has(array.name)) throw invalid(`${field}[${at}].name`, array.name, 'names that differ from each other');
    found.set(array.name, array);
  });
  return found;
}

/** One tensor as a named array; INVALID_ARGUMENT naming the dotted field. */
export function namedArrayOf({ name, dataType, shape, data }: Tensor, field: string): NamedArray {
  if (name === '' || name.length > longestName) throw invalid(`${field}.name`, name, `1 to ${longestName} characters`);
  const word = dataTypes.toName(dataType);
  if (!word) {
    const found = dataType === DataType.UNSPECIFIED ? 'DATA_TYPE_UNSPECIFIED' : dataType;
    throw invalid(`${field}.data_type`, found, dataTypes.names.map((known) => `DATA_TYPE_${known}`).join(', '));
  }
  if (shape.length > maximumRank) {
    throw new TheriacError(`${field}.shape has rank ${shape.length}`, {
      code: 'INVALID_ARGUMENT',
      field: `${field}.shape`,
      found: `rank ${shape.length}`,
      allowed: `rank 0 to ${maximumRank}`,
      remedy: 'Merge axes by a reshape.',
    });
  }
  const expected = byteSize(word, shape, `${field}.shape`);
  if (data.byteLength !== expected) {
    throw new TheriacError(
      `${field}.data has ${data.byteLength} bytes, its shape [${shape.join(', ')}] of ${word} needs ${expected}`,
      {
        code: 'INVALID_ARGUMENT',
        field: `${field}.data`,
        found: `${data.byteLength} bytes`,
        allowed: `exactly ${expected} bytes`,
        remedy: 'Send row-major, packed, little-endian values, or correct the shape.',
      },
    );
  }
  return { name, dataType: word, shape, bytes: data };
}

function blobTensors(content: Uint8Array, field: string): Map<string, NamedArray> {
  try {
    return new Map(decodeSafetensors(content).tensors.map((tensor) => [tensor.name, tensor]));
  } catch (error) {
    if (!(error instanceof TheriacError)) throw error;
    const inner = error.detail.field;
    const detail = { ...error.detail, field: inner === undefined ? field : `${field}.${inner}` };
    throw restoredError(`${field}: ${error.message}`, detail);
  }
}
