import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, relative, resolve } from 'node:path';
import { CliError } from '../../cli-error.js';

/** Endings of recordings in a folder; a file that is named itself may have any. */
const ENDINGS: ReadonlySet<string> = new Set([
  '.mp4',
  '.m4v',
  '.mov',
  '.webm',
  '.mkv',
  '.avi',
  '.mts',
  '.m2ts',
  '.mxf',
  '.mpg',
  '.wmv',
  '.ogv',
]);

/** A recording of a batch. */
export interface BatchInput {
  readonly path: string;
  /** Name of its results, without ending; unique within the batch. */
  readonly stem: string;
}

/**
 * The recordings that arguments stand for: files, folders with all that is below them, and patterns with `*` and `?` in the file's name.
 * @throws {CliError}
 */
export async function batchInputs(given: readonly string[]): Promise<BatchInput[]> {
  const paths = new Set<string>();
  for (const one of given) for (const path of await expand(one)) paths.add(resolve(path));
  if (paths.size === 0)
    throw new CliError(`no recordings in ${given.join(' ')}; expected files that end in ${[...ENDINGS].join(', ')}`, { exitCode: 2 });
  const root = commonFolder([...paths]);
  const stems = new Set<string>();
  return [...paths].sort().map((path) => {
    const near = relative(root, path).replaceAll(/[\\/]/g, '__');
    const short = near.slice(0, near.length - extname(near).length);
    // a.mp4 beside a.mov; on some file systems A.mp4 is the same name.
    const stem = stems.has(short.toLowerCase()) ? near : short;
    stems.add(stem.toLowerCase());
    return { path, stem };
  });
}

async function expand(given: string): Promise<string[]> {
  const found = await stat(given).catch(() => undefined);
  if (found?.isDirectory()) {
    const entries = await readdir(given, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile() && isRecording(entry.name)).map((entry) => join(entry.parentPath, entry.name));
  }
  if (found) return [given];
  const name = basename(given);
  if (!/[*?]/.test(name)) throw new CliError(`${given} does not exist`, { exitCode: 2 });
  const pattern = new RegExp(
    `^${name
      .replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
  );
  const names = await readdir(dirname(given)).catch(() => []);
  return names.filter((one) => pattern.test(one) && isRecording(one)).map((one) => join(dirname(given), one));
}

function isRecording(name: string): boolean {
  return !name.startsWith('.') && ENDINGS.has(extname(name).toLowerCase());
}

function commonFolder(paths: readonly string[]): string {
  let folder = dirname(paths[0] ?? '.');
  while (!paths.every((path) => !relative(folder, path).startsWith('..')) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}
