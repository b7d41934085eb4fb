/**
 * Tiny ImageNet: Stanford CS231N course challenge, from ImageNet (Russakovsky et al., "ImageNet Large Scale Visual Recognition
 * Challenge", IJCV 115, 2015). The original has 200 classes of 500 + 50 images; a folder or archive with fewer classes in
 * the same layout is taken as it is. The 50 validation images of a class are the test part: the test images have no labels.
 */
import { join } from 'node:path';
import { TheriacError } from '@theriac/tensors';
import type { DownloadableFile } from './download';
import { archiveTree, folderTree } from './file-tree';
import type { FileTree } from './file-tree';
import { digestFiles, readImageRows } from './image-rows';
import type { ImageShape } from './image-rows';
import { exists } from './integrity';
import { shuffledDigest, shuffledRows } from './row-order';
import type { Source } from './source';
import { classNamesOf, readTinyLayout } from './tiny-imagenet-layout';
import type { LabelledFile } from './tiny-imagenet-layout';

const shape: ImageShape = [64, 64, 3];
const features = 64 * 64 * 3;

const archive: DownloadableFile = {
  path: 'tiny-imagenet-200.zip',
  plain: { bytes: 248100043, sha256: '6198c8ae015e2b3e007c7841da39ec069199b9aa3bfa943a462022fe5e43c821' },
  mirrors: [{ url: 'https://cs231n.stanford.edu/tiny-imagenet-200.zip', compressed: false }],
};

/** Where it may lie; the first found is taken. */
const places = ['tiny-imagenet-200', 'tiny-imagenet', 'tiny-imagenet-20'].flatMap((name) => [
  { kind: 'folder', path: name, mark: join(name, 'train') } as const,
  ...[`${name}.zip`, join(name, `${name}.zip`), join(name, `${name}-jpeg.tar.gz`), `${name}.tar.gz`].map(
    (path) => ({ kind: 'archive', path, mark: path }) as const,
  ),
]);

const description = {
  id: 'tiny-imagenet',
  description:
    'colour photographs of up to 200 kinds of things, 64 x 64 pixels; a smaller selection of classes is taken too',
  source: 'Stanford CS231N, 2015; images under the terms of ImageNet',
  classes: 200,
  shape,
  needsFiles: true,
  examples: { train: 100_000, test: 10_000 },
  atMost: true,
};

export const tinyImagenet: Source = {
  description,
  files: [archive],
  present: async (directory) => (await placeOf(directory)) !== undefined,
  async describe(directory) {
    const { classes, train, test } = await readTinyLayout(await treeOf(directory));
    return { ...description, classes: classes.length, examples: { train: train.length, test: test.length } };
  },
  async train(directory, limit = Infinity) {
    const tree = await treeOf(directory);
    const layout = await readTinyLayout(tree);
    const rows = shuffledRows(layout.train, description.id, 'train');
    const digest = await digestFiles(tree, namesOf([...rows, ...layout.test]));
    const count = Math.min(limit, rows.length);
    const stored = await readImageRows(tree, namesOf(rows), shape, digest, count);
    const labels = Uint8Array.from(rows.slice(0, count), ({ label }) => label);
    return {
      id: description.id,
      shape,
      features,
      classes: layout.classes.length,
      classNames: await classNamesOf(tree, layout.classes),
      train: { count, features, stored, labels },
      storedRange: [0, 1],
      // Of the 100,000 training images, so that a smaller selection is scaled alike.
      standardisation: {
        mean: Float32Array.of(0.4802, 0.4481, 0.3975),
        sd: Float32Array.of(0.277, 0.2691, 0.2821),
      },
      digest: shuffledDigest(digest),
    };
  },
  async test(directory) {
    const tree = await treeOf(directory);
    const { test } = await readTinyLayout(tree);
    const digest = await digestFiles(tree, namesOf(test));
    const stored = await readImageRows(tree, namesOf(test), shape, digest);
    return { count: test.length, features, stored, labels: Uint8Array.from(test, ({ label }) => label) };
  },
};

const namesOf = (files: readonly LabelledFile[]) => files.map(({ name }) => name);

async function treeOf(directory: string): Promise<FileTree> {
  const place = await placeOf(directory);
  if (place === undefined)
    throw new TheriacError(`The data files of ${description.id} are missing in ${directory}`, {
      code: 'NOT_FOUND',
      field: 'dataset',
      remedy: 'Set THERIAC_DATA to the folder that holds tiny-imagenet-200/, or allow the download.',
    });
  const location = join(directory, place.path);
  return place.kind === 'folder' ? folderTree(location) : archiveTree(location);
}

async function placeOf(directory: string): Promise<(typeof places)[number] | undefined> {
  for (const place of places) if (await exists(join(directory, place.mark))) return place;
  return undefined;
}
