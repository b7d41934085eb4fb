/** Rows of a data set from image files. */
import { invalid } from '@theriac/tensors';
import type { FileTree } from './file-tree';
import { decodeImage, decoderVersion } from './image-decoding';
import { sha256 } from './integrity';
import { findKept, keep } from './kept-bytes';

/** [height, width, channels] of every image. */
export type ImageShape = readonly [number, number, 1 | 3];

/** sha256 over "<sha256 of the file>  <name>\n" of these files, sorted by name. */
export async function digestFiles(tree: FileTree, names: readonly string[]): Promise<string> {
  const digests = new Map<string, string>();
  await tree.visit(new Set(names), (name, content) => void digests.set(name, sha256(content)));
  const lines = [...digests].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, digest]) => `${digest}  ${name}\n`);
  return sha256(lines.join(''));
}

/** Sets of fewer images are decoded every time. */
export const fewestKept = 1000;

/**
 * The first `count` of the files `names` as rows of this shape, [count, height, width, channels]. All of a large set are decoded
 * once: they are kept in the cache by `digest`, that of the files, and taken from there. Errors: an image of another size, named
 * with both sizes; a file that is no whole image.
 */
export async function readImageRows(
  tree: FileTree,
  names: readonly string[],
  shape: ImageShape,
  digest: string,
  count = names.length,
): Promise<Uint8Array> {
  if (names.length < fewestKept) return decodeRows(tree, names.slice(0, count), shape);
  const features = shape[0] * shape[1] * shape[2];
  const key = JSON.stringify({ decoder: await decoderVersion(), digest, names, shape });
  const kept = await findKept(key);
  if (kept?.length === names.length * features) return count === names.length ? kept : kept.slice(0, count * features);
  const stored = await decodeRows(tree, names.slice(0, count), shape);
  if (count === names.length) await keep(key, stored);
  return stored;
}

async function decodeRows(tree: FileTree, names: readonly string[], shape: ImageShape): Promise<Uint8Array> {
  const [height, width, channels] = shape;
  const features = height * width * channels;
  const stored = new Uint8Array(names.length * features);
  const rowOf = new Map(names.map((name, row) => [name, row]));
  const pool = createPool(8);
  await tree.visit(new Set(names), (name, content) =>
    pool.run(async () => {
      const image = await decodeImage(name, content, channels);
      requireSize(name, image, shape);
      stored.set(image.pixels, (rowOf.get(name) ?? 0) * features);
    }),
  );
  await pool.drain();
  return stored;
}

/** Refuses an image of another size than the others. */
export function requireSize(
  name: string,
  { width, height }: { readonly width: number; readonly height: number },
  [expectedHeight, expectedWidth]: readonly [number, number, ...unknown[]],
): void {
  if (height === expectedHeight && width === expectedWidth) return;
  throw invalid(
    `size of the image ${name}`,
    `${width} x ${height} pixels`,
    `${expectedWidth} x ${expectedHeight} pixels, as the others have`,
    'Bring all images to one size.',
  );
}

/** Runs at most `most` tasks at a time: `run` resolves when there is room for another, `drain` when all are done; both throw what a task threw. */
function createPool(most: number): { run(task: () => Promise<void>): Promise<void>; drain(): Promise<void> } {
  const running = new Set<Promise<void>>();
  let failure: Error | undefined;
  return {
    async run(task) {
      const started: Promise<void> = task()
        .catch((error: unknown) => void (failure ??= error as Error))
        .finally(() => running.delete(started));
      running.add(started);
      if (running.size >= most) await Promise.race(running);
      if (failure !== undefined) throw failure;
    },
    async drain() {
      await Promise.all(running);
      if (failure !== undefined) throw failure;
    },
  };
}
