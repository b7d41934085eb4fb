import { makeAvailable } from './availability';
import type { Examples, LoadOptions } from './dataset';

/**
 * The test part of a data set, for the evaluator alone. Options and errors as for loadDataset; with the same options both come
 * from the same data set, stand-in included. A training limit does not touch the test part.
 */
export async function loadTestSplit(id: string, options: LoadOptions = {}): Promise<Examples> {
  const { source, directory } = await makeAvailable(id, options);
  return source.test(directory);
}
