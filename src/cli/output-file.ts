import { constants } from 'node:fs';
import { access, realpath, stat } from 'node:fs/promises';
import { dirname, extname, resolve } from 'node:path';
import { AtomicFile, cannotWrite } from './atomic-file.js';
import { CliError } from './cli-error.js';

/** Writes a file that the user named, whole or not at all. @throws {CliError} */
export async function writeOutput(path: string, data: Uint8Array | string): Promise<void> {
  const file = await AtomicFile.open(path);
  await file.write(data).catch(() => undefined);
  await file.commit();
}

/**
 * Looks, before the work, whether a file can be written after it.
 *
 * @param endings of which it must have one, with the dot; absent: any
 * @throws {CliError} of exit code 2 where its ending is another
 */
export async function checkOutputFile(option: string, path: string, endings?: readonly string[]): Promise<void> {
  if (endings && !endings.includes(extname(path).toLowerCase()))
    throw new CliError(`${option} ${path}: expected a file that ends in ${endings.join(' or ')}`, { exitCode: 2 });
  const there = await stat(path).catch(() => undefined);
  if (there?.isDirectory()) throw new CliError(`cannot write ${path} (EISDIR); it is a folder`);
  // A device or pipe is written directly; a file is replaced, which takes the right to write its folder.
  if (there && !there.isFile()) {
    await access(path, constants.W_OK).catch((cause: unknown) => {
      throw cannotWrite(path, cause);
    });
    return;
  }
  if (there)
    await access(path, constants.W_OK).catch((cause: unknown) => {
      throw cannotWrite(path, cause);
    });
  const folder = dirname(await realpath(path).catch(() => path));
  await access(folder, constants.W_OK).catch((cause: unknown) => {
    throw cannotWrite(path, cause);
  });
  if (!(await stat(folder)).isDirectory()) throw new CliError(`cannot write ${path} (ENOTDIR); check the folder`);
}

/** Looks, before the work, whether a folder is there or can be made. @throws {CliError} */
export async function checkOutputFolder(option: string, path: string): Promise<void> {
  let nearest = resolve(path);
  let found = await stat(nearest).catch(() => undefined);
  while (found === undefined && dirname(nearest) !== nearest) {
    nearest = dirname(nearest);
    found = await stat(nearest).catch(() => undefined);
  }
  if (!found?.isDirectory())
    throw new CliError(`${option} ${path}: ${nearest === resolve(path) ? 'it' : nearest} is a file; a folder is needed`);
  await access(nearest, constants.W_OK).catch((cause: unknown) => {
    throw cannotWrite(path, cause);
  });
}

/** Whether a path is, or would become, a file: no device, pipe or folder. */
export async function isRegular(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() ?? true;
}
