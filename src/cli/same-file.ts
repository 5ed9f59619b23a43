import { fstatSync, type BigIntStats } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, isAbsolute } from 'node:path';
import { CliError } from './cli-error.js';

/** A file that a command is going to write: the option that names it, and its path; `-` is stdout. */
export interface NamedOutput {
  readonly option: string;
  readonly path: string;
}

/**
 * Refuses outputs that are an input, or that are one and the same file: through any link, in any spelling that the file system takes for
 * the same name. Compares device and inode, which a hard link shares. Says which existing files will be replaced.
 *
 * @throws {CliError} of exit code 2
 */
export async function checkOutputs(
  inputs: readonly string[],
  outputs: readonly NamedOutput[],
  say: (line: string) => void = toStderr,
): Promise<void> {
  const sources = await Promise.all(inputs.map(async (path) => ({ path, found: await identityOf(path) })));
  const before: (NamedOutput & { found: BigIntStats | undefined; place: string })[] = [];
  for (const output of outputs) {
    const found = await identityOf(output.path);
    const source = found && sources.find((one) => one.found && isSame(one.found, found));
    if (source)
      throw new CliError(`${output.option} ${output.path} is the input ${source.path} itself and would overwrite it; choose another file`, {
        exitCode: 2,
      });
    const place = await placeOf(output.path);
    const twin = before.find((one) => one.place === place || (found && one.found && isSame(one.found, found)));
    if (twin && output.path !== '-' && (found?.isFile() ?? true))
      throw new CliError(`${output.option} and ${twin.option} name the same file, ${output.path}; choose different files`, { exitCode: 2 });
    before.push({ ...output, found, place });
  }
  for (const { path, found } of before) if (path !== '-' && found?.isFile()) say(`${path} exists and will be overwritten`);
}

/** Refuses an output that exists within a folder of inputs. @throws {CliError} of exit code 2 */
export async function checkNotWithin(folder: string, outputs: readonly NamedOutput[]): Promise<void> {
  const root = await realpath(folder).catch(() => undefined);
  if (root === undefined) return;
  for (const { option, path } of outputs) {
    const found = await realpath(path).catch(() => undefined);
    if (found !== undefined && isWithin(root, found))
      throw new CliError(`${option} ${path} lies in ${folder}, which is the input; choose a file outside of it`, { exitCode: 2 });
  }
}

function isWithin(root: string, path: string): boolean {
  const way = relative(root, path);
  return !way.startsWith('..') && !isAbsolute(way);
}

/** With 64 bits: inodes of large volumes don't fit a double. */
async function identityOf(path: string): Promise<BigIntStats | undefined> {
  if (path === '-') return stdout();
  return await stat(path, { bigint: true }).catch(() => undefined);
}

/** What the shell redirected stdout to. */
function stdout(): BigIntStats | undefined {
  try {
    const found = fstatSync(1, { bigint: true });
    return found.isFile() ? found : undefined;
  } catch {
    return undefined;
  }
}

function isSame(a: BigIntStats, b: BigIntStats): boolean {
  return a.dev === b.dev && a.ino === b.ino;
}

async function placeOf(path: string): Promise<string> {
  const folder = await realpath(dirname(path)).catch(() => dirname(path));
  return join(folder, basename(path));
}

function toStderr(line: string): void {
  process.stderr.write(`mellm-live: ${line}\n`);
}
