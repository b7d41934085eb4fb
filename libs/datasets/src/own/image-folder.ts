/** A user's own images in class folders, or in an archive of such folders: all of one size, greyscale where every one is. */
import type { Examples } from '../dataset';
import type { FileTree } from '../file-tree';
import { decoderVersion, imageEndings, readHeader } from '../image-decoding';
import type { ImageHeader } from '../image-decoding';
import { digestFiles, fewestKept, readImageRows, requireSize } from '../image-rows';
import type { ImageShape } from '../image-rows';
import { findKept, keep } from '../kept-bytes';
import { shuffledDigest, shuffledRows } from '../row-order';
import { classFolders } from './class-folders';
import type { LabelledImage } from './class-folders';
import { holdOut } from './hold-out';
import type { OwnParts } from './own-parts';
import { unusable } from './unusable';

/** Reads names, headers and digests; pixels when a part is asked for. Errors name the file. */
export async function openImageFolder(tree: FileTree): Promise<OwnParts> {
  const names = await tree.list();
  if (!names.some((name) => !name.endsWith('/')))
    throw unusable(
      `${tree.location} is empty`,
      `class folders of images (${imageEndings.join(', ')}), or x.npy and y.npy`,
    );
  const { classNames, leftOut, ...found } = classFolders(names, tree.location);
  const { train, test } = found.test === undefined ? parted(found.train, classNames) : { ...found, test: found.test };
  const all = [...train, ...test].map(({ name }) => name).sort();
  const digest = await digestFiles(tree, all);
  const shape = await shapeOf(tree, all, digest);
  const rows = shuffledRows(train, 'own', 'train');
  const decode = async (images: readonly LabelledImage[]): Promise<Examples> => {
    const features = shape[0] * shape[1] * shape[2];
    const names = images.map(({ name }) => name);
    const stored = await readImageRows(tree, names, shape, digest);
    return { count: images.length, features, stored, labels: Uint8Array.from(images, ({ label }) => label) };
  };
  const some = leftOut.slice(0, 3).join(', ');
  return {
    shape,
    classNames,
    storedRange: [0, 1],
    counts: { train: train.length, test: test.length },
    digest: shuffledDigest(digest),
    ...(leftOut.length === 0 ? {} : { notice: `${leftOut.length} files of ${tree.location} are not read: ${some}.` }),
    train: () => decode(rows),
    test: () => decode(test),
  };
}

function parted(images: readonly LabelledImage[], classNames: readonly string[]) {
  const { train, test } = holdOut(
    images.map(({ label }) => label),
    classNames,
  );
  return { train: train.map((row) => images[row]!), test: test.map((row) => images[row]!) };
}

/** The one size of all images, and whether any has colour; kept in the cache where the set is large. `names` are sorted. */
async function shapeOf(tree: FileTree, names: readonly string[], digest: string): Promise<ImageShape> {
  const key = JSON.stringify({ decoder: await decoderVersion(), digest, of: 'shape' });
  const large = names.length >= fewestKept;
  const kept = large ? await findKept(key) : undefined;
  if (kept?.length === shapeBytes) {
    const [height = 0, width = 0, channels] = new Uint32Array(kept.slice().buffer);
    return [height, width, channels === 1 ? 1 : 3];
  }
  const shape = await surveyShape(tree, names);
  if (large) await keep(key, new Uint8Array(Uint32Array.from(shape).buffer));
  return shape;
}

const shapeBytes = 12;

async function surveyShape(tree: FileTree, names: readonly string[]): Promise<ImageShape> {
  const headers = new Map<string, ImageHeader>();
  await tree.visit(new Set(names), async (name, content) => {
    headers.set(name, await readHeader(name, content));
  });
  const { width, height } = headers.get(names[0]!)!;
  for (const name of names) requireSize(name, headers.get(name)!, [height, width]);
  return [height, width, [...headers.values()].every(({ grey }) => grey) ? 1 : 3];
}
