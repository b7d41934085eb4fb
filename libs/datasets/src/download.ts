/** Fetches data files from public mirrors: verified, then put in place by a rename, so that no half file is ever seen. */
import { createHash } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { TheriacError } from '@theriac/tensors';
import type { DownloadProgress } from './dataset';
import { reasonOf, type DataFile, type Fingerprint } from './integrity';

export interface Mirror {
  /** https only. */
  readonly url: string;
  /** The mirror serves the `.gz` form. */
  readonly compressed: boolean;
}

export interface DownloadableFile extends DataFile {
  /** Tried in this order. */
  readonly mirrors: readonly Mirror[];
}

export interface DownloadOptions {
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined;
  readonly fetch?: typeof globalThis.fetch | undefined;
  readonly signal?: AbortSignal | undefined;
  /** A mirror silent for so long is given up; default 30 s. */
  readonly silenceMilliseconds?: number;
}

/**
 * Fetches the files into the directory, one after the other. UNAVAILABLE where no mirror gives a file, naming what each said;
 * FAILED_PRECONDITION where the directory cannot be written; CANCELLED by the signal.
 */
export async function downloadFiles(
  files: readonly DownloadableFile[],
  directory: string,
  options: DownloadOptions = {},
): Promise<void> {
  const total = files.reduce((sum, file) => sum + formOf(file, file.mirrors[0]).bytes, 0);
  let done = 0;
  for (const file of files) {
    await downloadFile(file, directory, options, (bytes) =>
      options.onProgress?.({ file: file.path, bytes: Math.min(total, done + bytes), total }),
    );
    done += formOf(file, file.mirrors[0]).bytes;
  }
}

async function downloadFile(
  file: DownloadableFile,
  directory: string,
  options: DownloadOptions,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const failures: string[] = [];
  for (const mirror of file.mirrors) {
    const target = join(directory, mirror.compressed ? `${file.path}.gz` : file.path);
    const part = await createPart(target);
    try {
      await transfer(mirror, formOf(file, mirror), part.handle, options, onBytes);
      await part.handle.sync();
      await part.handle.close();
      await rename(part.location, target);
      return;
    } catch (error) {
      await part.handle.close().catch(() => undefined);
      await rm(part.location, { force: true });
      if (options.signal?.aborted) {
        throw new TheriacError(`The download of ${file.path} was cancelled`, { code: 'CANCELLED', field: file.path });
      }
      failures.push(`${new URL(mirror.url).host}: ${reasonOf(error)}`);
    }
  }
  throw new TheriacError(`The data file ${file.path} could not be downloaded (${failures.join('; ')})`, {
    code: 'UNAVAILABLE',
    field: file.path,
    remedy: `Check the network, or put the file below ${directory}, or set THERIAC_DATA to a folder that holds it.`,
  });
}

let partsCreated = 0;

async function createPart(target: string) {
  const location = `${target}.${process.pid}-${++partsCreated}.part`;
  try {
    await mkdir(dirname(target), { recursive: true });
    return { location, handle: await open(location, 'wx') };
  } catch (error) {
    throw new TheriacError(`The data folder ${dirname(target)} cannot be written: ${reasonOf(error)}`, {
      code: 'FAILED_PRECONDITION',
      field: 'THERIAC_DATA',
      remedy: 'Set THERIAC_DATA to a folder that can be written, or one that holds the files.',
    });
  }
}

async function transfer(
  mirror: Mirror,
  expected: Fingerprint,
  handle: { write(chunk: Uint8Array): Promise<unknown> },
  { fetch = globalThis.fetch, signal, silenceMilliseconds = 30_000 }: DownloadOptions,
  onBytes: (bytes: number) => void,
): Promise<void> {
  if (new URL(mirror.url).protocol !== 'https:') throw new Error('not an https address');
  const silence = new AbortController();
  const giveUp = () => silence.abort(new Error(`silent for ${silenceMilliseconds / 1000} s`));
  let timer = setTimeout(giveUp, silenceMilliseconds);
  try {
    const response = await fetch(mirror.url, {
      signal: signal ? AbortSignal.any([signal, silence.signal]) : silence.signal,
    });
    if (!response.ok || !response.body) {
      await response.body?.cancel();
      throw new Error(`HTTP status ${response.status}`);
    }
    const hash = createHash('sha256');
    let bytes = 0;
    const chunks: AsyncIterable<Uint8Array> = response.body;
    for await (const chunk of chunks) {
      clearTimeout(timer);
      timer = setTimeout(giveUp, silenceMilliseconds);
      bytes += chunk.byteLength;
      if (bytes > expected.bytes) throw new Error(`sent more than the expected ${expected.bytes} bytes`);
      hash.update(chunk);
      await handle.write(chunk);
      onBytes(bytes);
    }
    const digest = hash.digest('hex');
    if (bytes !== expected.bytes) throw new Error(`sent ${bytes} of the expected ${expected.bytes} bytes`);
    if (digest !== expected.sha256) throw new Error(`sent sha256 ${digest}, expected ${expected.sha256}`);
  } finally {
    clearTimeout(timer);
  }
}

function formOf(file: DownloadableFile, mirror: Mirror | undefined): Fingerprint {
  return (mirror?.compressed ? file.gzip : undefined) ?? file.plain;
}
