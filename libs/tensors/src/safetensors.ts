/**
 * The safetensors format (https://github.com/huggingface/safetensors, section "Format"):
 *   8 bytes  N, little-endian u64, the size of the header (at most 100 MB);
 *   N bytes  JSON {"__metadata__": {text: text}, "name": {"dtype", "shape", "data_offsets": [begin, end)}}, padded by spaces;
 *   the data, offsets counted from its first byte, without gaps.
 * Encoding is deterministic: the widest type first, then by name, as the reference implementation writes; so every array is
 * aligned. Decoding trusts nothing.
 */
import { byteSize, checkNamedArray, dataTypeNames, type DataTypeName, type NamedArray } from './array-codec';
import { TheriacError } from './errors';
import { duplicateKeyOf } from './json-keys';

const metadataKey = '__metadata__';
const largestHeader = 100_000_000;
const alignment = 8;

/** The bytes of a safetensors file; equal input (in any order) gives equal bytes. Names are unique, bytes match shapes. */
export function encodeSafetensors(tensors: readonly NamedArray[], metadata: Record<string, string> = {}): Uint8Array {
  const { file, parts } = layOutSafetensors(tensors, metadata);
  for (const { at, bytes } of parts) file.set(bytes, at);
  return file;
}

/** A safetensors file without its data, and what is to be copied where. */
export function layOutSafetensors(
  tensors: readonly NamedArray[],
  metadata: Record<string, string> = {},
): { file: Uint8Array; parts: { at: number; bytes: Uint8Array }[] } {
  const ordered = [...tensors].sort(byTypeThenName);
  const header: [string, unknown][] = [];
  const entries = Object.entries(metadata).sort(([a], [b]) => compare(a, b));
  for (const [key, value] of entries) {
    if (typeof value !== 'string') throw malformed(`metadata ${JSON.stringify(key)} is not text`, metadataKey);
  }
  if (entries.length > 0) header.push([metadataKey, Object.fromEntries(entries)]);
  const names = new Set<string>([metadataKey]);
  let end = 0;
  for (const tensor of ordered) {
    checkNamedArray(tensor);
    const { name, dataType, shape, bytes } = tensor;
    if (names.has(name)) throw malformed(`tensor name ${JSON.stringify(name)} is taken`, name);
    names.add(name);
    header.push([name, { dtype: dataType, shape, data_offsets: [end, end + bytes.byteLength] }]);
    end += bytes.byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const headerSize = Math.ceil(json.byteLength / alignment) * alignment;
  if (headerSize > largestHeader) throw malformed(`the header would have ${headerSize} bytes`, 'header');
  const file = new Uint8Array(8 + headerSize + end);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerSize), true);
  file.set(json, 8);
  file.fill(0x20, 8 + json.byteLength, 8 + headerSize);
  let at = 8 + headerSize;
  const parts = ordered.map(({ bytes }) => ({ at: (at += bytes.byteLength) - bytes.byteLength, bytes }));
  return { file, parts };
}

/**
 * The tensors (views of `bytes`, in the order of their data) and the metadata of a safetensors file.
 * INVALID_ARGUMENT for: a short or oversized header, bad UTF-8 or JSON, a repeated name, an unknown type, rank above 8, a size
 * that contradicts the shape, data that overlap, leave a gap, or end before or after the file does.
 */
export function decodeSafetensors(bytes: Uint8Array): { tensors: NamedArray[]; metadata: Record<string, string> } {
  const headerSize = readHeaderSize(bytes);
  const data = bytes.subarray(8 + headerSize);
  const header = readHeader(bytes.subarray(8, 8 + headerSize));
  let metadata: Record<string, string> = {};
  const found: { begin: number; tensor: NamedArray }[] = [];
  for (const [name, value] of Object.entries(header)) {
    if (name === metadataKey) metadata = readMetadata(value);
    else found.push(readTensor(name, value, data));
  }
  // An empty array begins where the next one does.
  found.sort((a, b) => a.begin - b.begin || a.tensor.bytes.byteLength - b.tensor.bytes.byteLength);
  let end = 0;
  for (const { begin, tensor } of found) {
    if (begin !== end) {
      const relation = begin < end ? 'overlap the tensor before' : 'leave a gap after the tensor before';
      throw malformed(
        `the data of tensor ${JSON.stringify(tensor.name)} begin at ${begin}, not ${end}: they ${relation}`,
        tensor.name,
      );
    }
    end += tensor.bytes.byteLength;
  }
  if (end !== data.byteLength) {
    throw malformed(`the file holds ${data.byteLength} bytes of data and its header describes ${end}`, 'data_offsets');
  }
  return { tensors: found.map(({ tensor }) => tensor), metadata };
}

function readHeaderSize(bytes: Uint8Array): number {
  if (bytes.byteLength < 10) throw malformed(`the file has ${bytes.byteLength} bytes, at least 10 are needed`, 'file');
  const size = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (size > BigInt(largestHeader))
    throw malformed(`the header size is ${size}, at most ${largestHeader} is allowed`, 'header');
  if (8 + Number(size) > bytes.byteLength) {
    throw malformed(`the header size is ${size} and only ${bytes.byteLength - 8} bytes follow`, 'header');
  }
  return Number(size);
}

function readHeader(bytes: Uint8Array): Record<string, unknown> {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw malformed('the header is not UTF-8', 'header');
  }
  if (!text.startsWith('{')) throw malformed('the header does not begin with "{"', 'header');
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch {
    throw malformed('the header is not JSON', 'header');
  }
  const repeated = duplicateKeyOf(text);
  if (repeated !== undefined) throw malformed(`the header names ${JSON.stringify(repeated)} twice`, repeated);
  if (!isRecord(header)) throw malformed('the header is not an object', 'header');
  return header;
}

function readMetadata(value: unknown): Record<string, string> {
  if (!isRecord(value)) throw malformed('__metadata__ is not an object', metadataKey);
  const entries = Object.entries(value).map(([key, text]): [string, string] => {
    if (typeof text !== 'string') throw malformed(`metadata ${JSON.stringify(key)} is not text`, metadataKey);
    return [key, text];
  });
  return Object.fromEntries(entries);
}

function readTensor(name: string, value: unknown, data: Uint8Array): { begin: number; tensor: NamedArray } {
  const label = `tensor ${JSON.stringify(name)}`;
  if (!isRecord(value)) throw malformed(`${label} is not described by an object`, name);
  const { dtype, shape, data_offsets: offsets } = value;
  const dataType = dataTypeNames.find((candidate) => candidate === dtype);
  if (!dataType)
    throw malformed(`${label} has dtype ${JSON.stringify(dtype)}, known are ${dataTypeNames.join(', ')}`, name);
  if (!isSizes(shape)) throw malformed(`${label} has no valid shape`, name);
  const [begin, end] = isSizes(offsets) && offsets.length === 2 ? offsets : [];
  if (begin === undefined || end === undefined || begin > end || end > data.byteLength) {
    const text = JSON.stringify(offsets) ?? 'missing';
    throw malformed(`${label} has data_offsets ${text}, the file holds ${data.byteLength} bytes of data`, name);
  }
  const expected = byteSize(dataType, shape, `${label} shape`);
  if (end - begin !== expected) {
    throw malformed(
      `${label} spans ${end - begin} bytes, its ${dataType} shape [${shape.join(', ')}] needs ${expected}`,
      name,
    );
  }
  return { begin, tensor: { name, dataType, shape, bytes: data.subarray(begin, end) } };
}

function byTypeThenName(a: NamedArray, b: NamedArray): number {
  return rank(a.dataType) - rank(b.dataType) || compare(a.name, b.name);
}

const rank = (dataType: DataTypeName) => dataTypeNames.indexOf(dataType);
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isSizes = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);

function malformed(sentence: string, field: string): TheriacError {
  return new TheriacError(`safetensors: ${sentence}`, {
    code: 'INVALID_ARGUMENT',
    field,
    remedy: 'Write the file again from its source.',
  });
}
