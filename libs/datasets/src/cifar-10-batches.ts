/** Where the batches of CIFAR-10 lie: in a folder, each compressed or not, or in the published archive. */
import { basename, join } from 'node:path';
import { TheriacError } from '@theriac/tensors';
import { exists, inflate, readBytes } from './integrity';
import { visitTar } from './tar';

const folders = ['cifar-10', 'cifar-10-batches-bin'];

/** The published archive. */
export const archiveName = 'cifar-10-binary.tar.gz';

/** The files of these batches in the first folder that has one of them; undefined: in none, and there is no archive either. */
export async function findBatches(directory: string, names: readonly string[]): Promise<string[] | undefined> {
  for (const folder of folders) {
    const found = await Promise.all(names.map((name) => findBatch(join(directory, folder), name)));
    const missing = names.filter((_, at) => found[at] === undefined);
    if (missing.length === 0) return found as string[];
    if (missing.length < names.length)
      throw new TheriacError(
        `Data files of cifar-10 are missing in ${join(directory, folder)}: ${missing.join(', ')}`,
        {
          code: 'DATA_LOSS',
          field: `${folder}/${missing[0]}`,
          allowed: 'all of them, each as it is or with .gz',
          remedy: 'Restore them from their source, or remove the folder to have them downloaded.',
        },
      );
  }
  const archive = join(directory, archiveName);
  return (await exists(archive)) ? [archive] : undefined;
}

/** Calls `visit` with each of these batches, uncompressed, one at a time, in any order. */
export async function visitBatches(
  directory: string,
  names: readonly string[],
  visit: (name: string, content: Uint8Array) => void,
): Promise<void> {
  const found = await findBatches(directory, names);
  if (found === undefined)
    throw new TheriacError(`The data files of cifar-10 are missing in ${directory}`, {
      code: 'NOT_FOUND',
      field: 'dataset',
      remedy: 'Set THERIAC_DATA to the folder that holds cifar-10/, or allow the download.',
    });
  if (found.length === 1 && found[0]?.endsWith(archiveName)) {
    const wanted = (name: string) => names.includes(basename(name));
    return visitTar(found[0], wanted, (name, content) => visit(basename(name), content));
  }
  for (const [at, location] of found.entries()) {
    const bytes = await readBytes(location);
    visit(names[at]!, location.endsWith('.gz') ? await inflate(bytes, location) : bytes);
  }
}

async function findBatch(folder: string, name: string): Promise<string | undefined> {
  for (const form of [`${name}.gz`, name]) if (await exists(join(folder, form))) return join(folder, form);
  return undefined;
}
