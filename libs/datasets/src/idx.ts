/**
 * IDX files of unsigned bytes (http://yann.lecun.com/exdb/mnist, "FILE FORMATS FOR THE MNIST DATABASE"): big-endian u32
 * magic = 0x0800 + rank, then `rank` u32 sizes, then the values, row-major.
 */
import { TheriacError } from '@theriac/tensors';

export interface IdxArray {
  readonly shape: readonly number[];
  /** A view of the file. */
  readonly values: Uint8Array;
}

/** Parses an IDX file of unsigned bytes and this rank; DATA_LOSS names the file for a wrong magic number, count or size. */
export function parseIdx(bytes: Uint8Array, rank: number, name: string): IdxArray {
  const header = 4 + 4 * rank;
  if (bytes.byteLength < header) {
    throw malformed(name, `has ${bytes.byteLength} bytes and no whole header`, undefined, `at least ${header} bytes`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const magic = view.getUint32(0);
  const expectedMagic = 0x0800 + rank;
  if (magic !== expectedMagic) {
    throw malformed(name, 'is no IDX file of its kind', `magic number ${magic}`, `magic number ${expectedMagic}`);
  }
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const size = shape.reduce((product, length) => product * length, 1);
  if (bytes.byteLength !== header + size) {
    const found = `${bytes.byteLength} bytes`;
    throw malformed(
      name,
      `does not hold what its header says`,
      found,
      `${header + size} bytes for ${shape.join(' x ')} values`,
    );
  }
  return { shape, values: bytes.subarray(header) };
}

function malformed(name: string, sentence: string, found: string | undefined, allowed: string): TheriacError {
  return new TheriacError(`The data file ${name} ${sentence}`, {
    code: 'DATA_LOSS',
    field: name,
    ...(found === undefined ? {} : { found }),
    allowed,
    remedy: 'Restore it from its source.',
  });
}
