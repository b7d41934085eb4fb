/** A user's own data, named by where they lie: `path:FOLDER_OR_FILE`. Every service reads the path on its own machine. */
import { readdir, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { invalid, TheriacError } from '@theriac/tensors';
import type { Dataset, DatasetDescription, Examples } from '../dataset';
import { archiveTree, folderTree } from '../file-tree';
import { readBytes, reasonOf } from '../integrity';
import { moments } from '../moments';
import type { Source } from '../source';
import { visitZip } from '../zip';
import { arrayNames, readArrays } from './arrays';
import { readCsv } from './csv-table';
import { openImageFolder } from './image-folder';
import type { OwnParts } from './own-parts';

const prefix = 'path:';

/** Whether a data set's id names a user's own data. */
export function isOwnData(id: string): boolean {
  return id.startsWith(prefix);
}

/** The source of `path:FOLDER_OR_FILE`; INVALID_ARGUMENT where no path follows. */
export function ownData(id: string): Source {
  const given = id.slice(prefix.length);
  if (given === '') throw invalid('dataset', id, `${prefix}FOLDER_OR_FILE`, 'Name a folder or file.');
  const location = resolve(given);
  const description: DatasetDescription = {
    id,
    description: `your own, in ${location}`,
    source: 'your own',
    classes: 0,
    shape: [],
    needsFiles: true,
    examples: { train: 0, test: 0 },
    atMost: true,
  };
  return {
    description,
    files: [],
    async describe() {
      const { shape, classNames, counts } = await openOwn(location);
      return { ...description, classes: classNames.length, shape, examples: counts, atMost: false };
    },
    async train() {
      const own = await openOwn(location);
      return datasetOf(id, own, await own.train());
    },
    test: async () => (await openOwn(location)).test(),
  };
}

function datasetOf(id: string, own: OwnParts, train: Examples): Dataset {
  const { shape, classNames, storedRange, digest, notice } = own;
  return {
    id,
    shape,
    features: train.features,
    classes: classNames.length,
    classNames,
    train,
    storedRange,
    standardisation: shape.length === 3 ? channelMoments(train, shape[2]!) : moments(train),
    digest,
    ...(notice === undefined ? {} : { notice }),
  };
}

/** Moments of each channel over all pixels. */
function channelMoments({ stored, labels }: Examples, channels: number): Dataset['standardisation'] {
  return moments({ count: stored.length / channels, features: channels, stored, labels });
}

async function openOwn(location: string): Promise<OwnParts> {
  if (await isFolder(location)) {
    const files = (await readdir(location)).filter((name) => name.endsWith('.npy'));
    return files.some((name) => arrayNames.includes(basename(name, '.npy')))
      ? readFiles(location, files)
      : openImageFolder(folderTree(location));
  }
  const ending = extname(location).toLowerCase();
  if (ending === '.csv') return readCsv(location, await readBytes(location));
  if (ending === '.npz') return readArrays(location, await unzipped(location));
  if (ending === '.npy' && arrayNames.includes(basename(location, ending)))
    return readFiles(
      dirname(location),
      (await readdir(dirname(location))).filter((name) => name.endsWith('.npy')),
    );
  if (/\.(zip|tar|tar\.gz|tgz)$/i.test(location)) return openImageFolder(await archiveTree(location));
  throw invalid(
    'dataset',
    `${prefix}${location}`,
    'a folder of class folders with images (or an archive of it: .zip, .tar, .tar.gz); .npz; .npy files x and y, or x_train and y_train; .csv',
  );
}

async function isFolder(location: string): Promise<boolean> {
  try {
    return (await stat(location)).isDirectory();
  } catch (error) {
    throw new TheriacError(`There is nothing to read at ${location} on the machine ${hostname()}: ${reasonOf(error)}`, {
      code: 'NOT_FOUND',
      field: 'dataset',
      remedy: 'Every service reads the path on its own machine: put the data there under the same path.',
    });
  }
}

async function readFiles(folder: string, names: readonly string[]): Promise<OwnParts> {
  const files = new Map<string, Uint8Array>();
  for (const name of names)
    if (arrayNames.includes(basename(name, '.npy')))
      files.set(basename(name, '.npy'), await readBytes(join(folder, name)));
  return readArrays(folder, files);
}

async function unzipped(location: string): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  await visitZip(
    location,
    (name) => arrayNames.includes(basename(name, '.npy')),
    (name, content) => void files.set(basename(name, '.npy'), content),
  );
  return files;
}
