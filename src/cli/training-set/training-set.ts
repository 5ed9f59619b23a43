import { mkdir, readFile, symlink } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { parse } from 'csv-parse/sync';
import { recordingName, type Coder } from '../../events/coding/mod.js';
import { csvLine } from '../../events/mod.js';
import { openFile } from '../../ingest/mod.js';
import { readCoders } from '../agreement/read-coders.js';
import { batchInputs } from '../analyze/batch/inputs.js';
import { CliError } from '../cli-error.js';
import { numberOption } from '../number-option.js';
import { checkOutputFolder, writeOutput } from '../output-file.js';
import { splitPeople, type Split } from './split-people.js';
import { CONDITION, SOURCE, TRUTH_COLUMNS, truthRows, type TruthRow } from './truth-rows.js';

const CLIP_COLUMNS = [
  'clip',
  'person',
  'source',
  'condition',
  'fps',
  'seconds',
  'split',
  'face_px',
  'codec',
  'file',
  'bit_rate',
  'width',
  'height',
  'micro',
] as const;
type ClipRow = Readonly<Record<(typeof CLIP_COLUMNS)[number], string>>;

const DEFAULT_VAL = 0.3;

interface Options {
  readonly videos: string;
  readonly out: string;
  readonly coder?: string;
  readonly people?: string;
  readonly val?: string;
}

export function register(program: Command): void {
  program
    .command('training-set')
    .description('coded or reviewed recordings as a training set for the spotter, in the layout of training/README.md, split by person')
    .argument('<coding...>', 'codings as for agreement; of the exports of reviewed sessions, rejected alerts become counterexamples')
    .requiredOption('--videos <folder>', 'where the recordings are; found by name')
    .requiredOption('--out <folder>', 'where to write train/ and val/')
    .option('--coder <name>', 'whose windows are the truth, where several coded')
    .option('--people <file.csv>', 'columns file,person: who is in which recording; default: someone else in each')
    .option('--val <share>', `share of the people in val (default ${String(DEFAULT_VAL)})`)
    .action(trainingSet);
}

interface Entry {
  readonly split: Split;
  readonly clip: ClipRow;
  readonly truth: readonly TruthRow[];
  readonly path: string;
}

async function trainingSet(inputs: readonly string[], options: Options): Promise<void> {
  await checkOutputFolder('--out', options.out);
  const val = numberOption('--val', options.val, 0) ?? DEFAULT_VAL;
  const coders = await readCoders(inputs);
  const machine = coders.find(({ windows }) => windows.length > 0 && windows.every(({ score }) => score !== undefined));
  const coder = coderOf(coders, machine, options.coder);
  const videos = new Map((await batchInputs([options.videos])).map(({ path }) => [recordingName(path), path]));
  const personOf = await readPeople(options.people);
  const files = filesOf(coder, machine);
  const splits = splitPeople(files.map(personOf), val);
  if (splits.size < 2)
    throw new CliError('a training set needs recordings of two or more people: --people says who is in which', { exitCode: 2 });
  const entries: Entry[] = [];
  for (const file of files) {
    const path = videos.get(file);
    if (path === undefined) throw new CliError(`${options.videos} holds no recording called ${file}`);
    const person = personOf(file);
    entries.push(await entryOf({ file, path, person, split: splits.get(person) ?? 'train' }, coder, machine));
  }
  await write(options.out, entries);
  const count = (split: Split): string => {
    const recordings = entries.filter((entry) => entry.split === split).length;
    const people = [...splits.values()].filter((one) => one === split).length;
    return `${split}: ${String(recordings)} recordings of ${String(people)} people`;
  };
  process.stderr.write(`${options.out}: windows of ${coder.name}; ${count('train')}; ${count('val')}\n`);
}

/** @throws {CliError} of exit code 2 where it is not clear who is meant */
function coderOf(coders: readonly Coder[], machine: Coder | undefined, wanted: string | undefined): Coder {
  const people = coders.filter((one) => one !== machine);
  const [coder, other] = wanted === undefined ? people : people.filter(({ name }) => name === wanted);
  if (!coder || other)
    throw new CliError(`--coder: choose one of ${people.map(({ name }) => name).join(', ') || 'the coders (there is none)'}`, {
      exitCode: 2,
    });
  return coder;
}

/** Recordings of which the coder said something. */
function filesOf({ windows, verdicts }: Coder, machine: Coder | undefined): string[] {
  const judged = (machine?.windows ?? []).filter(({ id }) => id !== undefined && verdicts?.has(id));
  return [...new Set([...windows, ...judged].map(({ file }) => file))].sort();
}

async function readPeople(path: string | undefined): Promise<(file: string) => string> {
  if (path === undefined) return (file) => file;
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new CliError(`cannot read ${path} (${(cause as NodeJS.ErrnoException).code ?? 'unknown'})`, { cause });
  });
  const rows: Readonly<Record<string, string>>[] = parse(text, { bom: true, columns: true, skip_empty_lines: true, trim: true });
  const people = new Map(rows.map((row) => [recordingName(row['file'] ?? ''), row['person'] ?? '']));
  return (file) => {
    const person = people.get(file);
    if (!person) throw new CliError(`${path} names no person of ${file}`);
    return person;
  };
}

async function entryOf(
  { file, path, person, split }: { file: string; path: string; person: string; split: Split },
  coder: Coder,
  machine: Coder | undefined,
): Promise<Entry> {
  const source = await openFile(path);
  const { duration = 0, fps = 30, format } = source;
  source.close('ended');
  const clip = basename(path);
  const truth = truthRows({ clip, person, fps }, file, coder, machine);
  const row: ClipRow = {
    clip,
    person,
    source: SOURCE,
    condition: CONDITION,
    fps: fps.toFixed(3),
    seconds: duration.toFixed(3),
    split,
    face_px: '',
    codec: format.codec,
    file: clip,
    bit_rate: '',
    width: String(format.width),
    height: String(format.height),
    micro: String(truth.filter(({ kind }) => kind === 'micro').length),
  };
  return { split, clip: row, truth, path };
}

/** Tables of both splits, with links to the recordings beside them. */
async function write(out: string, entries: readonly Entry[]): Promise<void> {
  for (const split of ['train', 'val'] as const) {
    const own = entries.filter((entry) => entry.split === split);
    const folder = join(out, split);
    await mkdir(folder, { recursive: true });
    for (const { path, clip } of own)
      await symlink(resolve(path), join(folder, clip.clip)).catch((error: unknown) => {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      });
    await writeOutput(
      join(folder, 'clips.csv'),
      table(
        CLIP_COLUMNS,
        own.map(({ clip }) => clip),
      ),
    );
    await writeOutput(
      join(folder, 'truth.csv'),
      table(
        TRUTH_COLUMNS,
        own.flatMap(({ truth }) => truth),
      ),
    );
  }
}

function table<Column extends string>(columns: readonly Column[], rows: readonly Readonly<Record<Column, string>>[]): string {
  return csvLine(columns) + rows.map((row) => csvLine(columns.map((column) => row[column]))).join('');
}
