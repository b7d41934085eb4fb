/** Reads tar archives, compressed or not, as a stream: one file of the archive in memory at a time. */
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { TheriacError } from '@theriac/tensors';
import { extract } from 'tar-stream';
import { reasonOf } from './integrity';

/**
 * Calls `visit` with the name and content of every file of the archive that `wanted` accepts, in the archive's order; `wanted`
 * sees the size in bytes. DATA_LOSS where it is no whole archive; what `visit` throws goes through.
 */
export async function visitTar(
  location: string,
  wanted: (name: string, bytes: number) => boolean,
  visit: (name: string, content: Uint8Array) => void | Promise<void>,
): Promise<void> {
  const unpack = extract();
  let thrown: Error | undefined;
  const visiting = (async () => {
    for await (const entry of unpack) {
      const { name, type, size = 0 } = entry.header;
      if (type !== 'file' || !wanted(name, size)) {
        entry.resume();
        continue;
      }
      const pieces: Uint8Array[] = [];
      for await (const piece of entry as AsyncIterable<Uint8Array>) pieces.push(piece);
      try {
        await visit(name, Buffer.concat(pieces));
      } catch (error) {
        thrown = error as Error;
        throw error;
      }
    }
  })();
  const source = createReadStream(location, { highWaterMark: 1 << 20 });
  const feeding = location.endsWith('gz')
    ? pipeline(source, createGunzip({ chunkSize: 1 << 18 }), unpack)
    : pipeline(source, unpack);
  const [visited, fed] = await Promise.allSettled([visiting, feeding]);
  if (thrown !== undefined) throw thrown;
  for (const part of [fed, visited])
    if (part.status === 'rejected')
      throw new TheriacError(`The archive ${location} cannot be unpacked: ${reasonOf(part.reason)}`, {
        code: 'DATA_LOSS',
        field: location,
        remedy: 'Restore it from its source.',
      });
}
