/** Which data sets can be loaded without a download. */
import { datasetCatalogue, inspectDataset, loadDataset } from '@theriac/datasets';
import type { DatasetDescription } from '@theriac/datasets';
import { TheriacError } from '@theriac/tensors';

export interface DataState extends DatasetDescription {
  /** "ready", "missing" (can be downloaded) or "damaged". */
  readonly state: 'ready' | 'missing' | 'damaged';
  readonly why?: string;
}

/** Looks at every data set; files are verified, nothing is downloaded. Of one that may be here in part: what there is. */
export async function dataStates(): Promise<DataState[]> {
  return Promise.all(datasetCatalogue().map(stateOf));
}

async function stateOf(description: DatasetDescription): Promise<DataState> {
  const { id, needsFiles } = description;
  if (!needsFiles) return { ...description, state: 'ready' };
  try {
    await loadDataset(id, { download: false, trainLimit: 1 });
    return { ...(await inspectDataset(id)), state: 'ready' };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const missing = error instanceof TheriacError && error.detail.code === 'NOT_FOUND';
    return { ...description, state: missing ? 'missing' : 'damaged', why };
  }
}
