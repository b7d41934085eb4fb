/**
 * Data files are known by size and sha256 and checked on every load: a file that was changed, cut or exchanged is refused by
 * name. A file may lie compressed (`<path>.gz`, looked for first) or plain (`<path>`).
 */
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { TheriacError } from '@theriac/tensors';

export interface Fingerprint {
  readonly bytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

export interface DataFile {
  /** Below the data directory, without the `.gz` of its compressed form. */
  readonly path: string;
  /** Of the compressed form; undefined: there is only the plain one. */
  readonly gzip?: Fingerprint;
  readonly plain: Fingerprint;
}

/** Where a data file lies, and in which form. */
export interface FoundFile {
  readonly location: string;
  readonly name: string;
  readonly compressed: boolean;
}

/** Large chunks: a file of 30 MB is put together from a few pieces. */
const gunzipAsync = (bytes: Uint8Array): Promise<Buffer> => promisify(gunzip)(bytes, { chunkSize: 1 << 20 });

/** The sha256 of bytes, lower-case hex. */
export function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** One digest for a set of data files: the sha256 over "<sha256 of the plain content>  <path>\n" in the order given. */
export function digestOf(files: readonly DataFile[]): string {
  return sha256(files.map(({ path, plain }) => `${plain.sha256}  ${path}\n`).join(''));
}

/** The file as it lies in the directory, compressed first, or undefined where there is neither form. */
export async function findDataFile(directory: string, { path, gzip }: DataFile): Promise<FoundFile | undefined> {
  for (const name of gzip === undefined ? [path] : [`${path}.gz`, path]) {
    const location = join(directory, name);
    if (await exists(location)) return { location, name, compressed: name !== path };
  }
  return undefined;
}

/** The uncompressed content of a data file, verified. NOT_FOUND where it is missing, DATA_LOSS where it is not as published. */
export async function readDataFile(directory: string, file: DataFile): Promise<Uint8Array> {
  const found = await findDataFile(directory, file);
  if (!found) {
    throw new TheriacError(`The data file ${usualName(file)} is missing in ${directory}`, {
      code: 'NOT_FOUND',
      field: usualName(file),
      remedy: 'Set THERIAC_DATA to the folder that holds it, or allow the download.',
    });
  }
  const bytes = await readBytes(found.location);
  verify(bytes, found.compressed && file.gzip !== undefined ? file.gzip : file.plain, found.name, found.location);
  return found.compressed ? inflate(bytes, found.name) : bytes;
}

/** The name under which a data file is looked for first. */
export function usualName({ path, gzip }: DataFile): string {
  return gzip === undefined ? path : `${path}.gz`;
}

/** The bytes of a file; FAILED_PRECONDITION where it cannot be read. */
export async function readBytes(location: string): Promise<Uint8Array> {
  try {
    const bytes = await readFile(location);
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  } catch (error) {
    throw new TheriacError(`The data file ${location} cannot be read: ${reasonOf(error)}`, {
      code: 'FAILED_PRECONDITION',
      field: location,
      remedy: 'Make it a readable file.',
    });
  }
}

/** The content of a gzip file; DATA_LOSS names it where it is none, or damaged. */
export async function inflate(bytes: Uint8Array, name: string): Promise<Uint8Array> {
  try {
    const content = await gunzipAsync(bytes);
    return new Uint8Array(content.buffer, content.byteOffset, content.byteLength);
  } catch (error) {
    throw new TheriacError(`The data file ${name} cannot be unpacked: ${reasonOf(error)}`, {
      code: 'DATA_LOSS',
      field: name,
      remedy: 'Restore it from its source.',
    });
  }
}

/** Refuses bytes that are not those of the fingerprint: DATA_LOSS naming the file, found and expected size and digest. */
export function verify(bytes: Uint8Array, expected: Fingerprint, name: string, location: string): void {
  const found: Fingerprint = { bytes: bytes.byteLength, sha256: sha256(bytes) };
  if (found.bytes === expected.bytes && found.sha256 === expected.sha256) return;
  const wrong = found.bytes < expected.bytes ? 'cut short' : found.bytes > expected.bytes ? 'too long' : 'changed';
  throw new TheriacError(`The data file ${name} is ${wrong}`, {
    code: 'DATA_LOSS',
    field: name,
    found: describe(found),
    allowed: describe(expected),
    remedy: `Delete ${location} and run again to download it, or restore it from its source.`,
  });
}

const describe = ({ bytes, sha256: digest }: Fingerprint) => `${bytes} bytes with sha256 ${digest}`;

/** Whether a file or folder lies there. */
export async function exists(location: string): Promise<boolean> {
  try {
    await stat(location);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return false;
    throw new TheriacError(`The data file ${location} cannot be looked up: ${reasonOf(error)}`, {
      code: 'FAILED_PRECONDITION',
      field: location,
      remedy: 'Make its folder readable.',
    });
  }
}

/** The first line of what went wrong, with the system's code where it has one; of the cause where there is one. */
export function reasonOf(error: unknown): string {
  const { message = '', cause } = fieldsOf(error);
  if (typeof cause === 'object' && cause !== null) return reasonOf(cause);
  const code = codeOf(error);
  const text = String(message || error).split('\n')[0] ?? '';
  return code === undefined || text.includes(code) ? text : `${code} ${text}`.trim();
}

function codeOf(error: unknown): string | undefined {
  const { code } = fieldsOf(error);
  return typeof code === 'string' ? code : undefined;
}

/** By shape, not by class: errors of the system may come from another realm. */
function fieldsOf(error: unknown): { message?: unknown; code?: unknown; cause?: unknown } {
  return typeof error === 'object' && error !== null ? error : {};
}
