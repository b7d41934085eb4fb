import type { Dataset, DatasetDescription, Examples } from './dataset';
import type { DownloadableFile } from './download';

/** What a data set offers to the loaders. `directory` holds it, found but not yet verified. */
export interface Source {
  readonly description: DatasetDescription;
  /** What is fetched where it is missing; none: nothing is fetched. */
  readonly files: readonly DownloadableFile[];
  /** Whether it lies in the directory, in whatever form; where undefined: when every one of `files` does. */
  present?(directory: string): Promise<boolean>;
  /** What lies in the directory, where that can differ from `description`. */
  describe?(directory: string): Promise<DatasetDescription>;
  /** The training part: all of it, or at least its first `limit` examples. */
  train(directory: string, limit?: number): Promise<Dataset>;
  test(directory: string): Promise<Examples>;
}
