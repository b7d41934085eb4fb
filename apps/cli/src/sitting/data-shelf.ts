/** Data sets opened one at a time: the last one stays, the digests of all. */
import type { Dataset } from '@theriac/datasets';
import type { Reporter } from '../driver/reporter';
import type { Addresses } from '../embedded/table';
import { openLocalData } from './local-data';

export interface DataShelf {
  /** A data set's first rows (0: all); undefined where every service is remote and the data are not here. */
  open(dataset: string, trainLimit: number): Promise<Dataset | undefined>;
}

/** Opens, and downloads, with the reporter's progress. */
export function dataShelf(addresses: Addresses, reporter: Reporter): DataShelf {
  let last: { readonly key: string; readonly data: Dataset | undefined } | undefined;
  return {
    async open(dataset, trainLimit) {
      const key = `${dataset} ${trainLimit}`;
      if (last?.key !== key) {
        last = undefined;
        last = { key, data: await openLocalData(dataset, trainLimit, addresses, reporter) };
      }
      return last.data;
    },
  };
}
