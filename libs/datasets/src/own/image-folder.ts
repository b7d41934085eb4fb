/** A user's own images in class folders, or in an archive of such folders: all of one size, greyscale where every one is. */
import type { Examples } from '../dataset';
import type { FileTree } from '../file-tree';
import { imageEndings, readHeader } from '../image-decoding';
import { readImageRows, requireSize } from '../image-rows';
import type { ImageShape } from '../image-rows';
import { sha256 } from '../integrity';
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
  const { shape, digest } = await survey(
    tree,
    [...train, ...test].map(({ name }) => name),
  );
  const rows = shuffledRows(train, 'own', 'train');
  const decode = async (images: readonly LabelledImage[]): Promise<Examples> => {
    const features = shape[0] * shape[1] * shape[2];
    const { stored } = await readImageRows(
      tree,
      images.map(({ name }) => name),
      [],
      shape,
    );
    return { count: images.length, features, stored, labels: Uint8Array.from(images, ({ label }) => label) };
  };
  const some = leftOut.slice(0, 3).join(', ');
  return {
    shape,
    classNames,
    storedRange: [0, 1],
    counts: { train: train.length, test: test.length },
    digest,
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

/** The one size of all images, whether they have colour, and the digest of all files. */
async function survey(tree: FileTree, names: readonly string[]): Promise<{ shape: ImageShape; digest: string }> {
  const sizes = new Map<string, { width: number; height: number; grey: boolean }>();
  const digests = new Map<string, string>();
  await tree.visit(new Set(names), async (name, content) => {
    digests.set(name, sha256(content));
    sizes.set(name, await readHeader(name, content));
  });
  const ordered = [...names].sort();
  const { width, height } = sizes.get(ordered[0]!)!;
  for (const name of ordered) requireSize(name, sizes.get(name)!, [height, width]);
  const grey = [...sizes.values()].every((size) => size.grey);
  const lines = ordered.map((name) => `${digests.get(name)}  ${name}\n`);
  return { shape: [height, width, grey ? 1 : 3], digest: shuffledDigest(sha256(lines.join(''))) };
}
