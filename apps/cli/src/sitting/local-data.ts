/** The data set on this machine, for its digest and the pictures of the report. A driver of remote services can do without. */
import { loadDataset } from '@theriac/datasets';
import type { Dataset } from '@theriac/datasets';
import { TheriacError } from '@theriac/tensors';
import type { Role } from '../driver/players';
import { roles } from '../driver/players';
import type { Reporter } from '../driver/reporter';
import type { Addresses } from '../embedded/table';

/**
 * Loads the data set, downloading what is missing. Where every service is remote and the data are not to be had here:
 * undefined.
 */
export async function openLocalData(
  id: string,
  trainLimit: number,
  addresses: Addresses,
  reporter: Reporter,
): Promise<Dataset | undefined> {
  const remote = roles.every((role: Role) => addresses[role] !== undefined);
  let file = '';
  try {
    return await loadDataset(id, {
      ...(trainLimit > 0 ? { trainLimit } : {}),
      download: !remote,
      onProgress: (progress) => {
        if (progress.file !== file) reporter.begin(`download ${progress.file}`, 1, 1);
        file = progress.file;
        reporter.progress(progress.bytes / progress.total, {});
      },
    });
  } catch (error) {
    const missing = error instanceof TheriacError && ['NOT_FOUND', 'UNAVAILABLE'].includes(error.detail.code);
    if (remote && missing) return undefined;
    throw error;
  } finally {
    reporter.end();
  }
}
