/**
 * Named arrays: the transport form of tensors. Row-major, packed, little-endian (as is every machine that Node.js runs
 * TensorFlow on), IEEE 754. F32 computes; the other types are converted when read.
 */
import { invalid, TheriacError } from './errors';
import { bfloat16ToFloat32, float16ToFloat32 } from './half-precision';

export type DataTypeName = 'F32' | 'F64' | 'F16' | 'BF16' | 'I32' | 'I64' | 'U8';

/** A tensor as it travels and is stored; `bytes` has exactly byteSize(dataType, shape) bytes. */
export interface NamedArray {
  name: string;
  dataType: DataTypeName;
  shape: readonly number[];
  bytes: Uint8Array;
}

/** A tensor has at most this many axes. */
export const maximumRank = 8;

const bytesPerElement: Readonly<Record<DataTypeName, number>> = {
  F32: 4,
  F64: 8,
  F16: 2,
  BF16: 2,
  I32: 4,
  I64: 8,
  U8: 1,
};

/** Every data type, the widest first. */
export const dataTypeNames: readonly DataTypeName[] = ['I64', 'F64', 'F32', 'I32', 'BF16', 'F16', 'U8'];

/** Number of elements of a shape; rank <= 8, every dimension an integer >= 0, else INVALID_ARGUMENT naming `field`. */
export function elementCount(shape: readonly number[], field = 'shape'): number {
  if (shape.length > maximumRank) {
    throw invalid(`${field} rank`, shape.length, `at most ${maximumRank} axes`, 'Merge axes by a reshape.');
  }
  let count = 1;
  for (const size of shape) {
    if (!Number.isSafeInteger(size) || size < 0) throw invalid(field, shape, 'integers >= 0');
    count *= size;
  }
  if (!Number.isSafeInteger(count)) throw invalid(field, shape, 'fewer than 2^53 elements');
  return count;
}

/** Bytes of one element of a data type. */
export function elementSize(dataType: DataTypeName): number {
  const size = Object.hasOwn(bytesPerElement, dataType) ? bytesPerElement[dataType] : undefined;
  if (size === undefined) throw invalid('data type', dataType, dataTypeNames.join(', '));
  return size;
}

/** Bytes of an array of this type and shape. */
export function byteSize(dataType: DataTypeName, shape: readonly number[], field = 'shape'): number {
  return elementSize(dataType) * elementCount(shape, field);
}

/** Refuses an array whose type, shape and bytes disagree: INVALID_ARGUMENT naming the tensor, found and expected bytes. */
export function checkNamedArray({ name, dataType, shape, bytes }: NamedArray): void {
  const expected = byteSize(dataType, shape, `tensor ${JSON.stringify(name)} shape`);
  if (bytes.byteLength === expected) return;
  throw new TheriacError(
    `tensor ${JSON.stringify(name)} of ${dataType} and shape [${shape.join(', ')}] has ${bytes.byteLength} bytes`,
    {
      code: 'INVALID_ARGUMENT',
      field: name,
      found: `${bytes.byteLength} bytes`,
      allowed: `exactly ${expected} bytes`,
      remedy: 'Send row-major packed little-endian values, or correct the shape.',
    },
  );
}

/** The values as 32-bit floats, rounded to nearest. A view of `bytes` where these are aligned F32, otherwise a copy. */
export function float32Of(array: NamedArray): Float32Array {
  checkNamedArray(array);
  const { dataType, bytes } = array;
  if (dataType === 'F16') return Float32Array.from(words16(bytes), float16ToFloat32);
  if (dataType === 'BF16') return Float32Array.from(words16(bytes), bfloat16ToFloat32);
  if (dataType === 'I64') return Float32Array.from(longs(bytes), Number);
  const values = numbersOf(dataType, bytes);
  return values instanceof Float32Array ? values : Float32Array.from(values);
}

/** The values as doubles. I64 beyond 2^53 are rounded. A view of `bytes` where these are aligned F64, otherwise a copy. */
export function float64Of(array: NamedArray): Float64Array {
  checkNamedArray(array);
  const { dataType, bytes } = array;
  if (dataType === 'I64') return Float64Array.from(longs(bytes), Number);
  if (dataType === 'F16' || dataType === 'BF16') return Float64Array.from(float32Of(array));
  const values = numbersOf(dataType, bytes);
  return values instanceof Float64Array ? values : Float64Array.from(values);
}

/** The values as 32-bit integers; I32, I64 (in range) or U8, never floats. A view of `bytes` where these are aligned I32. */
export function int32Of(array: NamedArray): Int32Array {
  checkNamedArray(array);
  const { name, dataType, bytes } = array;
  const field = `tensor ${JSON.stringify(name)}`;
  if (dataType === 'I64') {
    return Int32Array.from(longs(bytes), (value) => {
      if (BigInt.asIntN(32, value) !== value) throw invalid(`${field} value`, value, 'integers of 32 bits');
      return Number(value);
    });
  }
  if (dataType !== 'I32' && dataType !== 'U8') throw invalid(`${field} data type`, dataType, 'I32, I64, U8');
  const values = numbersOf(dataType, bytes);
  return values instanceof Int32Array ? values : Int32Array.from(values);
}

/** An F32 array over the same memory as `data`. */
export function namedFloat32(name: string, shape: readonly number[], data: Float32Array): NamedArray {
  return named(name, 'F32', shape, data);
}

/** An F64 array over the same memory as `data`. */
export function namedFloat64(name: string, shape: readonly number[], data: Float64Array): NamedArray {
  return named(name, 'F64', shape, data);
}

/** An I32 array over the same memory as `data`. */
export function namedInt32(name: string, shape: readonly number[], data: Int32Array): NamedArray {
  return named(name, 'I32', shape, data);
}

/** A U8 array over the same memory as `data`. */
export function namedUint8(name: string, shape: readonly number[], data: Uint8Array): NamedArray {
  return named(name, 'U8', shape, data);
}

function named(name: string, dataType: DataTypeName, shape: readonly number[], data: ArrayBufferView): NamedArray {
  const array = {
    name,
    dataType,
    shape: [...shape],
    bytes: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  };
  checkNamedArray(array);
  return array;
}

function numbersOf(dataType: 'F32' | 'F64' | 'I32' | 'U8', bytes: Uint8Array) {
  switch (dataType) {
    case 'F32':
      return new Float32Array(...aligned(bytes, 4));
    case 'F64':
      return new Float64Array(...aligned(bytes, 8));
    case 'I32':
      return new Int32Array(...aligned(bytes, 4));
    case 'U8':
      return bytes;
  }
}

const words16 = (bytes: Uint8Array) => new Uint16Array(...aligned(bytes, 2));
const longs = (bytes: Uint8Array) => new BigInt64Array(...aligned(bytes, 8));

function aligned(bytes: Uint8Array, size: number): [ArrayBufferLike, number, number] {
  const whole = bytes.byteOffset % size === 0 ? bytes : Uint8Array.from(bytes);
  return [whole.buffer, whole.byteOffset, bytes.byteLength / size];
}
