import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import {
  CodingError,
  readCoding,
  recordingName,
  type CodedWindow,
  type Coder,
  type Coding,
  type Verdict,
} from '../../events/coding/mod.js';
import { CliError } from '../cli-error.js';

/** A file that a coder's name may stand before: `anna=first.eaf`. */
interface Source {
  readonly path: string;
  readonly coder: string | undefined;
  /** Recording of a file that names none. */
  readonly file: string;
}

const TABLES = /\.(?:csv|tsv|eaf)$/i;
/** What `analyze --out-dir` writes beside the findings. */
const NOT_A_CODING = /\.series\.csv$|^summary\.csv$/i;

/** Reads files and folders of codings; those of the same coder are joined. @throws {CliError} */
export async function readCoders(inputs: readonly string[]): Promise<Coder[]> {
  const sources = (await Promise.all(inputs.map(sourcesOf))).flat();
  const read = await Promise.all(sources.map(readSource));
  const windows = nameRecordings(read.flatMap((one) => one.windows));
  const names = [...new Set(read.flatMap((one) => one.coders))];
  return names.map((name) => ({
    name,
    windows: windows.filter(({ coder }) => coder === name),
    verdicts: new Map(
      read.flatMap(({ verdicts }) =>
        verdicts.flatMap((one): [string, Verdict][] => (one.coder === name ? [[one.annotation, one.verdict]] : [])),
      ),
    ),
  }));
}

async function sourcesOf(input: string): Promise<Source[]> {
  const [, name, given] = /^([^=/\\]+)=(.+)$/.exec(input) ?? [];
  const path = given ?? input;
  const info = await stat(path).catch((cause: unknown) => {
    throw new CliError(`cannot read ${path} (${(cause as NodeJS.ErrnoException).code ?? 'unknown'})`, { cause });
  });
  if (!info.isDirectory()) return [{ path, coder: name, file: '' }];
  const files = (await readdir(path)).filter((file) => TABLES.test(file) && !NOT_A_CODING.test(file)).sort();
  if (files.length === 0) throw new CliError(`${path} holds no CSV, TSV or EAF files`);
  return files.map((file) => ({ path: join(path, file), coder: name ?? basename(path), file: recordingName(file) }));
}

async function readSource({ path, coder, file }: Source) {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new CliError(`cannot read ${path} (${(cause as NodeJS.ErrnoException).code ?? 'unknown'})`, { cause });
  });
  const read = tryRead(text, path);
  // A name given on the command line is that of whoever is not named within.
  const nameOf = (name: string): string => (name === path ? (coder ?? path) : name);
  return {
    coders: read.coders.map(nameOf),
    verdicts: (read.verdicts ?? []).map((one) => ({ ...one, coder: nameOf(one.coder) })),
    windows: read.windows.map((window) => ({ ...window, coder: nameOf(window.coder), file: window.file || file })),
  };
}

function tryRead(text: string, path: string): Coding {
  try {
    return readCoding(text, path);
  } catch (error) {
    throw error instanceof CodingError ? new CliError(error.message) : error;
  }
}

/** Windows that name no recording belong to the only one that is named. */
function nameRecordings(windows: readonly CodedWindow[]): CodedWindow[] {
  const files = [...new Set(windows.map(({ file }) => file).filter(Boolean))];
  const unnamed = windows.find(({ file }) => file === '');
  if (unnamed && files.length > 1)
    throw new CliError(`the recording of the windows of ${unnamed.coder} is unknown: add a column "file", as there are several recordings`);
  return windows.map((window) => ({ ...window, file: window.file || (files[0] ?? '') }));
}
