import { readdir, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';

const PICTURES = new Set(['.jpg', '.jpeg', '.png', '.bmp', '.tif', '.tiff']);
const VIDEOS = new Set([
  '.avi',
  '.mp4',
  '.m4v',
  '.mov',
  '.mkv',
  '.webm',
  '.mts',
  '.m2ts',
  '.mpg',
  '.mpeg',
  '.wmv',
  '.asf',
  '.3gp',
  '.flv',
  '.ogv',
]);

/** What macOS leaves beside every file in archives and on foreign disks: `__MACOSX`, `._img1.jpg`; and hidden files. */
export function isLitter(name: string): boolean {
  return name.startsWith('.') || name === '__MACOSX';
}

/** Whether a name is a picture's. */
export function isPicture(name: string): boolean {
  return !isLitter(name) && PICTURES.has(extname(name).toLowerCase());
}

/** Names of the folders in a folder, sorted by number; empty where it isn't there. */
export async function foldersIn(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory() && !isLitter(entry.name))
    .map(({ name }) => name)
    .sort(byNumber);
}

/** Paths of the pictures of a sequence, by the numbers in their names; empty where the folder isn't there. */
export async function picturesIn(path: string): Promise<string[]> {
  return (await filesIn(path)).filter(isPicture).map((name) => join(path, name));
}

/** Paths of the videos in a folder. */
export async function videosIn(path: string): Promise<string[]> {
  return (await filesIn(path)).filter((name) => VIDEOS.has(extname(name).toLowerCase())).map((name) => join(path, name));
}

/** Names of the files in a folder, hidden ones and litter apart, sorted by number. */
async function filesIn(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => !entry.isDirectory() && !isLitter(entry.name))
    .map(({ name }) => name)
    .sort(byNumber);
}

/** The frame number that a picture's name ends in (`img46`, `006_1_2_03563`), or undefined. */
export function frameNumber(path: string): number | undefined {
  const digits = /(\d+)\D*$/.exec(basename(path, extname(path)))?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** Paths of files under `root`, down to three folders below, whose names fit; nearest first. */
export async function findFiles(root: string, pattern: RegExp): Promise<string[]> {
  let level = [root];
  const found: string[] = [];
  for (let depth = 0; depth <= 3; depth++) {
    const next: string[] = [];
    for (const folder of level) {
      found.push(...(await filesIn(folder)).filter((name) => pattern.test(name)).map((name) => join(folder, name)));
      if (depth < 3) next.push(...(await foldersIn(folder)).map((name) => join(folder, name)));
    }
    level = next;
  }
  return found;
}

export async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}

/** `a2` before `a10`. */
export function byNumber(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
