import { invalid } from '@theriac/tensors';
import { makeAvailable } from './availability';
import { firstRows, type Dataset, type DatasetDescription, type LoadOptions } from './dataset';

/**
 * The training part of a data set, every file verified by sha256. Files come from `directory` (default THERIAC_DATA, else
 * ~/.cache/theriac/data), else from public mirrors.
 * Errors: unknown id and training limit out of range (INVALID_ARGUMENT); files missing (NOT_FOUND), not to be had (UNAVAILABLE),
 * or not as published (DATA_LOSS), each naming the file and the remedy.
 */
export async function loadDataset(id: string, options: LoadOptions = {}): Promise<Dataset> {
  const { trainLimit } = options;
  const { source, directory, notice } = await makeAvailable(id, options);
  const { examples, atMost = false } = source.description;
  requireLimit(trainLimit, atMost ? Infinity : examples.train, source.description.id);
  const dataset = await source.train(directory, trainLimit);
  requireLimit(trainLimit, dataset.train.count, source.description.id);
  const train = trainLimit === undefined ? dataset.train : firstRows(dataset.train, trainLimit);
  return { ...dataset, train, ...(notice === undefined ? {} : { notice }) };
}

/** What a data set is, as it lies here. Nothing is downloaded; errors as for loadDataset, but the files' content is not verified. */
export async function inspectDataset(
  id: string,
  options: Pick<LoadOptions, 'directory'> = {},
): Promise<DatasetDescription> {
  const { source, directory } = await makeAvailable(id, { ...options, download: false });
  return source.describe === undefined ? source.description : source.describe(directory);
}

function requireLimit(limit: number | undefined, all: number, id: string): void {
  if (limit === undefined || (Number.isSafeInteger(limit) && limit >= 1 && limit <= all)) return;
  throw invalid(
    'train limit',
    limit,
    all === Infinity ? 'an integer of at least 1' : `an integer from 1 to ${all}, the training examples of ${id}`,
  );
}
