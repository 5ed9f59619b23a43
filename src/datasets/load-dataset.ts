import { stat } from 'node:fs/promises';
import type { Dataset } from './dataset.js';
import { DatasetError } from './dataset-error.js';
import { readMeInject } from './layouts/meinject.js';

/** Loaders by the names that `--dataset` takes. */
export const DATASETS: Readonly<Record<string, (root: string) => Promise<Dataset>>> = {
  meinject: readMeInject,
};

/** Reads a data set's tables and lists its clips. @throws {DatasetError} naming what is missing or wrong */
export async function loadDataset(name: string, root: string): Promise<Dataset> {
  const load = Object.hasOwn(DATASETS, name) ? DATASETS[name] : undefined;
  if (!load) throw new DatasetError('dataset_unknown', `no data set is called ${name}; there are ${Object.keys(DATASETS).join(', ')}`);
  const found = await stat(root).catch(() => undefined);
  if (!found?.isDirectory()) throw new DatasetError('dataset_incomplete', `${root} is no folder; --root is the data set's folder`);
  return await load(root);
}
