import { invalid } from '@theriac/tensors';
import { makeAvailable } from './availability';
import { firstRows, type Dataset, type LoadOptions } from './dataset';

/**
 * The training part of a data set, every file verified by sha256. Files come from `directory` (default THERIAC_DATA, else
 * ~/.cache/theriac/data), else from public mirrors.
 * Errors: unknown id and training limit out of range (INVALID_ARGUMENT); files missing (NOT_FOUND), not to be had (UNAVAILABLE),
 * or not as published (DATA_LOSS), each naming the file and the remedy.
 */
export async function loadDataset(id: string, options: LoadOptions = {}): Promise<Dataset> {
  const { trainLimit } = options;
  const { source, directory, notice } = await makeAvailable(id, options);
  const all = source.description.examples.train;
  if (trainLimit !== undefined && (!Number.isSafeInteger(trainLimit) || trainLimit < 1 || trainLimit > all)) {
    throw invalid(
      'train limit',
      trainLimit,
      `an integer from 1 to ${all}, the training examples of ${source.description.id}`,
    );
  }
  const dataset = await source.train(directory, trainLimit);
  const train = trainLimit === undefined ? dataset.train : firstRows(dataset.train, trainLimit);
  return { ...dataset, train, ...(notice === undefined ? {} : { notice }) };
}
