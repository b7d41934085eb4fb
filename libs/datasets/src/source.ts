import type { Dataset, DatasetDescription, Examples } from './dataset';
import type { DownloadableFile } from './download';

/** What a data set offers to the loaders. `directory` holds every one of `files`, found but not yet verified. */
export interface Source {
  readonly description: DatasetDescription;
  readonly files: readonly DownloadableFile[];
  /** The training part: all of it, or at least its first `limit` examples. */
  train(directory: string, limit?: number): Promise<Dataset>;
  test(directory: string): Promise<Examples>;
}
