import { TheriacError } from '@theriac/tensors';
import { dataDirectory } from './data-directory';
import type { LoadOptions } from './dataset';
import { downloadFiles } from './download';
import { findDataFile, usualName } from './integrity';
import type { Source } from './source';
import { sourceOf } from './sources';

export interface AvailableSource {
  readonly source: Source;
  readonly directory: string;
  /** Set where another data set stands in for the one asked for. */
  readonly notice?: string;
}

/**
 * The data set of this id with all its files, of training and test, in place; missing ones are downloaded if allowed. Both parts
 * are asked for at once so that training and test never come from different data sets when the synthetic digits stand in.
 */
export async function makeAvailable(id: string, options: LoadOptions): Promise<AvailableSource> {
  const source = sourceOf(id);
  const directory = dataDirectory(options.directory);
  try {
    await provideFiles(source, directory, options);
    return { source, directory };
  } catch (error) {
    const absent =
      error instanceof TheriacError && ['NOT_FOUND', 'UNAVAILABLE', 'FAILED_PRECONDITION'].includes(error.detail.code);
    if (!absent || options.syntheticFallback !== true) throw error;
    const notice = `${error.message} The synthetic digits stand in for ${id}: figures cannot be compared with published ones.`;
    return { source: sourceOf('synthetic-digits'), directory, notice };
  }
}

async function provideFiles(source: Source, directory: string, options: LoadOptions): Promise<void> {
  if (source.present !== undefined && (await source.present(directory))) return;
  const found = await Promise.all(source.files.map((file) => findDataFile(directory, file)));
  const missing = source.files.filter((_, at) => found[at] === undefined);
  if (missing.length === 0) return;
  if (options.download === false) {
    throw new TheriacError(
      `Data files of ${source.description.id} are missing in ${directory}: ${missing.map(usualName).join(', ')}`,
      {
        code: 'NOT_FOUND',
        field: 'dataset',
        remedy: 'Set THERIAC_DATA to the folder that holds them, or allow the download.',
      },
    );
  }
  const { onProgress, fetch, signal } = options;
  await downloadFiles(missing, directory, { onProgress, fetch, signal });
}
