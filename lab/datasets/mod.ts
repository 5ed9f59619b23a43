export type { ClipSource, CodedUnit, Dataset, DatasetClip, TruthEvent } from './dataset.js';
export { DatasetError, type DatasetErrorCode } from './dataset-error.js';
export { DATASETS, loadDataset } from './load-dataset.js';
