import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isLitter, isPicture } from './folders.js';

/** Folders this far below the root are looked at. */
const DEPTH = 7;

/** A folder with pictures in it. */
export interface PictureFolder {
  readonly path: string;
  /** Names from the root down, as {@link plain} makes them. */
  readonly names: readonly string[];
}

/**
 * Finds all folders below `root` that hold pictures. Owners and users nest them differently (`CASME2/CASME2-RAW/…`), so clips are looked
 * for by the end of their path rather than at one place.
 */
export async function pictureFolders(root: string): Promise<PictureFolder[]> {
  const found: PictureFolder[] = [];
  const walk = async (path: string, names: readonly string[]): Promise<void> => {
    const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
    if (entries.some((entry) => !entry.isDirectory() && isPicture(entry.name))) found.push({ path, names });
    if (names.length >= DEPTH) return;
    for (const entry of entries)
      if (entry.isDirectory() && !isLitter(entry.name)) await walk(join(path, entry.name), [...names, plain(entry.name)]);
  };
  await walk(root, []);
  return found;
}

/** Lower case, numbers without leading zeros: tables write `spNO.1` and `s01`, folders `spNo.1` and `s1`. */
export function plain(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replaceAll(/\d+/g, (digits) => String(Number(digits)));
}
