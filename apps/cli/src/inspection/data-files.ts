/** Which data sets can be loaded without a download. */
import { datasetCatalogue, loadDataset } from '@theriac/datasets';
import type { DatasetDescription } from '@theriac/datasets';
import { TheriacError } from '@theriac/tensors';

export interface DataState extends DatasetDescription {
  /** "ready", "missing" (can be downloaded) or "damaged". */
  readonly state: 'ready' | 'missing' | 'damaged';
  readonly why?: string;
}

/** Looks at every data set; files are verified, nothing is downloaded. */
export async function dataStates(): Promise<DataState[]> {
  const states: DataState[] = [];
  for (const description of datasetCatalogue()) states.push({ ...description, ...(await stateOf(description)) });
  return states;
}

async function stateOf({ id, needsFiles }: DatasetDescription): Promise<Pick<DataState, 'state' | 'why'>> {
  if (!needsFiles) return { state: 'ready' };
  try {
    await loadDataset(id, { download: false });
    return { state: 'ready' };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const missing = error instanceof TheriacError && error.detail.code === 'NOT_FOUND';
    return { state: missing ? 'missing' : 'damaged', why };
  }
}
