/** Reads zip archives: one file of the archive in memory at a time, each checked against its CRC-32. */
import { crc32 } from 'node:zlib';
import { TheriacError } from '@theriac/tensors';
import { openPromise } from 'yauzl';
import type { ZipFile } from 'yauzl';
import { reasonOf } from './integrity';

/**
 * Calls `visit` with the name and content of every file of the archive that `wanted` accepts, in the archive's order; `wanted`
 * sees the uncompressed size in bytes. DATA_LOSS where it is no whole archive; what `visit` throws goes through.
 */
export async function visitZip(
  location: string,
  wanted: (name: string, bytes: number) => boolean,
  visit: (name: string, content: Uint8Array) => void | Promise<void>,
): Promise<void> {
  const archive = await damaging(location, () => openPromise(location, { lazyEntries: true, autoClose: false }));
  try {
    const entries = archive.eachEntry();
    for (;;) {
      const next = await damaging(location, () => entries.next());
      if (next.done === true) return;
      const entry = next.value;
      if (entry.fileName.endsWith('/') || !wanted(entry.fileName, entry.uncompressedSize)) continue;
      await visit(entry.fileName, await damaging(location, () => contentOf(archive, entry)));
    }
  } finally {
    archive.close();
  }
}

async function contentOf(
  archive: ZipFile,
  entry: Parameters<ZipFile['openReadStreamPromise']>[0],
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  const stream: AsyncIterable<Uint8Array> = await archive.openReadStreamPromise(entry);
  for await (const piece of stream) pieces.push(piece);
  const content = Buffer.concat(pieces);
  if (crc32(content) !== entry.crc32) throw new Error(`${entry.fileName} is damaged`);
  return content;
}

async function damaging<T>(location: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new TheriacError(`The archive ${location} cannot be unpacked: ${reasonOf(error)}`, {
      code: 'DATA_LOSS',
      field: location,
      remedy: 'Restore it from its source.',
    });
  }
}
