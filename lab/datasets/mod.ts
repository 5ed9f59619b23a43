export type { ClipSource, Dataset, DatasetClip, TruthEvent } from './dataset.js';
export { DATASETS, loadDataset } from './load-dataset.js';
