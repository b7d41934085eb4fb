export { datasetCatalogue } from './catalogue';
export { dataDirectory } from './data-directory';
export { firstRows } from './dataset';
export type { Dataset, DatasetDescription, DownloadProgress, Examples, LoadOptions, Scaling } from './dataset';
export { inspectDataset, loadDataset } from './load';
export { isOwnData } from './own/own-data';
export { fromModelInput, modelInputReader, toModelInput } from './scaling';
export type { ModelInputReader } from './scaling';
