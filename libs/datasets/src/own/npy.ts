/**
 * NumPy .npy arrays (NEP 1; format versions 1 to 3): "\x93NUMPY", version, length of the header, a Python dictionary with
 * descr, fortran_order and shape, then the values, row-major. Arrays of Python objects are pickles and are refused.
 */
import { unusable } from './unusable';

/** An array as numbers: bytes stay bytes, all else becomes float32 where `values` says so. */
export interface NpyArray {
  readonly shape: readonly number[];
  readonly dtype: string;
  /** Raw values, a copy where the file's are not aligned. */
  readonly values:
    | Uint8Array
    | Float32Array
    | Float64Array
    | Int8Array
    | Int16Array
    | Uint16Array
    | Int32Array
    | Uint32Array
    | BigInt64Array
    | BigUint64Array;
}

const types = {
  '|u1': Uint8Array,
  '|i1': Int8Array,
  '<i2': Int16Array,
  '<u2': Uint16Array,
  '<i4': Int32Array,
  '<u4': Uint32Array,
  '<i8': BigInt64Array,
  '<u8': BigUint64Array,
  '<f4': Float32Array,
  '<f8': Float64Array,
} as const;
const known = 'uint8, int8 to int64, uint16 to uint64, float32, float64; little-endian';

/** Parses a .npy file; refuses by name what is none, cut short, of another type, or stored column by column. */
export function parseNpy(bytes: Uint8Array, name: string): NpyArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = Buffer.from(bytes.subarray(0, 6)).toString('latin1');
  if (bytes.length < 12 || magic !== '\x93NUMPY')
    throw unusable(`${name} is no .npy array`, 'an array saved by numpy.save');
  const wide = bytes[6]! >= 2;
  const from = wide ? 12 : 10;
  const start = from + (wide ? view.getUint32(8, true) : view.getUint16(8, true));
  const header = Buffer.from(bytes.subarray(from, start)).toString('latin1');
  const descr = /'descr':\s*('[^']*'|\[)/.exec(header)?.[1]?.replaceAll("'", '');
  const shapeText = /'shape':\s*\(([^)]*)\)/.exec(header)?.[1];
  if (descr === undefined || shapeText === undefined || start > bytes.length)
    throw unusable(`${name} has no whole .npy header`, 'an array saved by numpy.save');
  if (/^\|?O/.test(descr))
    throw unusable(
      `${name} holds Python objects (a pickle)`,
      known,
      'Save numbers: x.astype("uint8") or x.astype("float32").',
    );
  if (/'fortran_order':\s*True/.test(header))
    throw unusable(`${name} is stored column by column`, 'row-major arrays', 'Save numpy.ascontiguousarray(x).');
  const type = Object.hasOwn(types, descr) ? types[descr as keyof typeof types] : undefined;
  if (type === undefined)
    throw unusable(
      `${name} is of type ${descr === '[' ? 'a record' : descr}`,
      known,
      'Convert it: x.astype("float32").',
    );
  const shape = shapeText
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(Number);
  if (!shape.every((length) => Number.isSafeInteger(length) && length >= 0))
    throw unusable(`${name} has the shape (${shapeText.slice(0, 80)})`, 'lengths that are integers of at least 0');
  const size = shape.reduce((product, length) => product * length, 1);
  const expected = size * type.BYTES_PER_ELEMENT;
  if (bytes.length - start !== expected)
    throw unusable(
      `${name} holds ${bytes.length - start} bytes of values`,
      `${expected} bytes for shape (${shape.join(', ')})`,
      'Save it again: it is cut short or damaged.',
    );
  if (type === Uint8Array) return { shape, dtype: descr, values: bytes.subarray(start) };
  const at = bytes.byteOffset + start;
  const aligned = at % type.BYTES_PER_ELEMENT === 0;
  const buffer = aligned ? bytes.buffer : bytes.buffer.slice(at, at + expected);
  return { shape, dtype: descr, values: new type(buffer as ArrayBuffer, aligned ? at : 0, size) };
}
