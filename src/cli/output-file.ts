import { constants } from 'node:fs';
import { access, stat, writeFile } from 'node:fs/promises';
import { dirname, extname, resolve } from 'node:path';
import { CliError } from './cli-error.js';

/** Writes a file that the user named. @throws {CliError} */
export async function writeOutput(path: string, data: Uint8Array | string): Promise<void> {
  try {
    await writeFile(path, data);
  } catch (cause) {
    throw cantWrite(path, cause);
  }
}

/**
 * Looks, before the work, whether a file can be written after it.
 *
 * @param endings of which it must have one, with the dot
 * @throws {CliError} of exit code 2 where its ending is another
 */
export async function checkOutputFile(option: string, path: string, endings: readonly string[]): Promise<void> {
  if (!endings.includes(extname(path).toLowerCase())) throw new CliError(`${option} ${path}: expected a file that ends in ${endings.join(' or ')}`, { exitCode: 2 });
  if ((await stat(path).catch(() => undefined))?.isDirectory()) throw new CliError(`can't write ${path} (EISDIR); it is a folder`);
  const there = await access(path).then(() => true, () => false);
  await access(there ? path : dirname(path), constants.W_OK).catch((cause: unknown) => { throw cantWrite(path, cause); });
  if (!(await stat(dirname(path))).isDirectory()) throw new CliError(`can't write ${path} (ENOTDIR); check the folder`);
}

/** Looks, before the work, whether a folder is there or can be made. @throws {CliError} */
export async function checkOutputFolder(option: string, path: string): Promise<void> {
  let nearest = resolve(path);
  let found = await stat(nearest).catch(() => undefined);
  while (found === undefined && dirname(nearest) !== nearest) {
    nearest = dirname(nearest);
    found = await stat(nearest).catch(() => undefined);
  }
  if (!found?.isDirectory()) throw new CliError(`${option} ${path}: ${nearest === resolve(path) ? 'it' : nearest} is a file; a folder is needed`);
  await access(nearest, constants.W_OK).catch((cause: unknown) => { throw cantWrite(path, cause); });
}

function cantWrite(path: string, cause: unknown): CliError {
  return new CliError(`can't write ${path} (${(cause as NodeJS.ErrnoException).code ?? 'unknown'}); check the folder`, { cause });
}
