/** Rows of a data set from image files: each file's bytes are hashed, and decoded where its row is wanted. */
import { invalid } from '@theriac/tensors';
import type { FileTree } from './file-tree';
import { decodeImage } from './image-decoding';
import { sha256 } from './integrity';

/** [height, width, channels] of every image. */
export type ImageShape = readonly [number, number, 1 | 3];

/** The rows of image files. */
export interface ImageRows {
  /** [rows, height, width, channels]; the file of row j is names[j]. */
  readonly stored: Uint8Array;
  /** sha256 over "<sha256 of the file>  <name>\n" of all files given, sorted by name. */
  readonly digest: string;
}

/**
 * Decodes the files `names` into rows of this shape, in this order; `others` are hashed too, so that the digest is that of the
 * whole data set. Errors: an image of another size, named with both sizes; a file that is no whole image.
 */
export async function readImageRows(
  tree: FileTree,
  names: readonly string[],
  others: readonly string[],
  shape: ImageShape,
): Promise<ImageRows> {
  const [height, width, channels] = shape;
  const features = height * width * channels;
  const stored = new Uint8Array(names.length * features);
  const rowOf = new Map(names.map((name, row) => [name, row]));
  const digests = new Map<string, string>();
  const pool = createPool(8);
  await tree.visit(new Set([...names, ...others]), (name, content) =>
    pool.run(async () => {
      digests.set(name, sha256(content));
      const row = rowOf.get(name);
      if (row === undefined) return;
      const image = await decodeImage(name, content, channels);
      requireSize(name, image, shape);
      stored.set(image.pixels, row * features);
    }),
  );
  await pool.drain();
  const lines = [...digests].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, digest]) => `${digest}  ${name}\n`);
  return { stored, digest: sha256(lines.join('')) };
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
