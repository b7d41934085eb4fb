import type { DatasetDescription } from './dataset';
import { sources } from './sources';

/** Every data set there is, without reading a file. */
export function datasetCatalogue(): readonly DatasetDescription[] {
  return sources.map(({ description }) => description);
}
