import { readdir, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { DatasetError } from './dataset-error.js';

const PICTURES = new Set(['.jpg', '.jpeg', '.png', '.bmp', '.tif', '.tiff']);
const VIDEOS = new Set(['.avi', '.mp4', '.mov', '.mkv', '.webm']);

/** Names of the folders in a folder, sorted by number; empty where it isn't there. */
export async function foldersIn(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name).sort(byNumber);
}

/** Paths of the pictures of a sequence, by the numbers in their names; empty where the folder isn't there. */
export async function picturesIn(path: string): Promise<string[]> {
  return (await filesIn(path)).filter((name) => PICTURES.has(extname(name).toLowerCase())).map((name) => join(path, name));
}

/** Paths of the videos in a folder. */
export async function videosIn(path: string): Promise<string[]> {
  return (await filesIn(path)).filter((name) => VIDEOS.has(extname(name).toLowerCase())).map((name) => join(path, name));
}

/** Names of the files in a folder, hidden ones apart, sorted by number. */
export async function filesIn(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.')).map(({ name }) => name).sort(byNumber);
}

/** The frame number that a picture's name ends in (`img46`, `006_1_2_03563`), or undefined. */
export function frameNumber(path: string): number | undefined {
  const digits = /(\d+)\D*$/.exec(basename(path, extname(path)))?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** The first of the paths under `root` that exists. @throws {DatasetError} `dataset_incomplete`, saying what was looked for */
export async function firstOf(root: string, dataset: string, what: string, names: readonly string[]): Promise<string> {
  for (const name of names) {
    const path = join(root, name);
    if (await exists(path)) return path;
  }
  throw new DatasetError('dataset_incomplete', `${root} lacks ${what} of ${dataset}: looked for ${names.map((name) => `"${name}"`).join(', ')}; --root is the folder that holds it`);
}

/** The first file in `root`, or in its folders, whose name fits. @throws {DatasetError} `dataset_incomplete` */
export async function fileLike(root: string, dataset: string, what: string, pattern: RegExp, like: string): Promise<string> {
  for (const folder of ['', ...await foldersIn(root)]) {
    const name = (await filesIn(join(root, folder))).find((file) => pattern.test(file) && !file.startsWith('~$'));
    if (name !== undefined) return join(root, folder, name);
  }
  throw new DatasetError('dataset_incomplete', `${root} lacks ${what} of ${dataset}, a file like "${like}" (.xlsx or .csv); --root is the folder that holds it`);
}

export async function exists(path: string): Promise<boolean> {
  return await stat(path).then(() => true, () => false);
}

/** `a2` before `a10`. */
export function byNumber(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
