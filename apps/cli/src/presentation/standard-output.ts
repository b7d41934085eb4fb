import { once } from 'node:events';

/** Writes pieces to a stream as fast as its reader takes them: what a pipe has no room for is not held. */
export async function writeOut(
  pieces: Iterable<string>,
  stream: NodeJS.WritableStream = process.stdout,
): Promise<void> {
  for (const piece of pieces) if (!stream.write(piece)) await once(stream, 'drain');
}
