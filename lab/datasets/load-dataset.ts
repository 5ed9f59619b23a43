import { stat } from 'node:fs/promises';
import type { Dataset } from './dataset.js';
import { DatasetError } from './dataset-error.js';
import { readCasmeSquared } from './layouts/casme-sq.js';
import { readMeInject } from './layouts/meinject.js';
import { readCasme3, readTabledSet, TABLED_SETS } from './layouts/tabled-sets.js';
import { readVideos } from './layouts/videos.js';

/** Loaders by the names that `--dataset` takes. */
export const DATASETS: Readonly<Record<string, (root: string) => Promise<Dataset>>> = {
  ...Object.fromEntries(TABLED_SETS.map((name) => [name, (root: string) => readTabledSet(name, root)])),
  'casme-sq': readCasmeSquared,
  casme3: readCasme3,
  meinject: readMeInject,
  videos: readVideos,
};

/** Reads a data set's tables and lists its clips. @throws {DatasetError} naming what is missing or wrong */
export async function loadDataset(name: string, root: string): Promise<Dataset> {
  const load = Object.hasOwn(DATASETS, name) ? DATASETS[name] : undefined;
  if (!load) throw new DatasetError('dataset_unknown', `no data set is called ${name}; there are ${Object.keys(DATASETS).join(', ')}`);
  const found = await stat(root).catch(() => undefined);
  if (!found?.isDirectory()) throw new DatasetError('dataset_incomplete', `${root} is not a folder; --root must be the data set's folder`);
  return await load(root);
}
