import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { z } from 'zod';
import { decodeFlo, readFlo } from '../../../src/flow/flo-file.js';
import { FlowError } from '../../../src/flow/flow-error.js';
import { INPUT_PIXELS, INPUT_SIZE, type CropLuma } from '../../../src/flow/flow-messages.js';
import type { FlowField } from '../../../src/flow/flow-field.js';
import { readGrey } from '../../../src/flow/grey-image.js';
import type { FlowTruth } from './measures.js';

/** What `pair.json` says, as far as it is read here. */
const pairSchema = z.looseObject({
  split: z.string(),
  identity: z.string(),
  camera: z.looseObject({ level: z.string() }).optional(),
});

/** One pair on disk. */
export interface DatasetPair {
  readonly folder: string;
  readonly split: string;
  /** The person; never in two splits. */
  readonly identity: string;
  /** How much the pictures were degraded, e.g. `benign`, `full`; empty where it is not said. */
  readonly level: string;
}

/**
 * Lists a MEFlowDataset folder (layout: training/README.md): `<root>/dataset.json` and `<root>/<split>/<index>/` with `onset.png`,
 * `apex.png`, `facial.flo`, `head.flo` (or `.flo.gz`), `visible.png`, `face.png` and `pair.json`.
 *
 * @throws {FlowError} `flow_file_invalid` where it is no such folder.
 */
export async function listPairs(root: string, limit = Infinity): Promise<DatasetPair[]> {
  try {
    await readFile(join(root, 'dataset.json'));
  } catch (cause) {
    throw new FlowError(
      'flow_file_invalid',
      `${root} is not a MEFlowDataset: dataset.json is missing (create one with python -m meflow.generate; training/README.md)`,
      { cause },
    );
  }
  const pairs: DatasetPair[] = [];
  for (const split of await folders(root)) {
    for (const name of (await folders(join(root, split))).slice(0, limit)) {
      const folder = join(root, split, name);
      const file = join(folder, 'pair.json');
      const parsed = pairSchema.safeParse(await json(file));
      if (!parsed.success)
        throw new FlowError(
          'flow_file_invalid',
          `${file} is damaged: ${parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')}`,
        );
      pairs.push({ folder, split: parsed.data.split, identity: parsed.data.identity, level: parsed.data.camera?.level ?? '' });
    }
  }
  if (pairs.length === 0) throw new FlowError('flow_file_invalid', `${root} holds no pairs`);
  return pairs;
}

/** What `dataset.json` says, as far as it is read here: pairs of each split. */
const datasetSchema = z.looseObject({ pairs: z.record(z.string(), z.number()) });

/** What a reader of the metrics must know: splits with another number of pairs than `dataset.json` tells. */
export async function differencesOf(root: string): Promise<string[]> {
  const parsed = datasetSchema.safeParse(await json(join(root, 'dataset.json')));
  // Sets of other makers need not count their pairs.
  if (!parsed.success) return [];
  const there = new Map<string, number>();
  for (const split of await folders(root)) there.set(split, (await folders(join(root, split))).length);
  return Object.entries(parsed.data.pairs)
    .filter(([split, told]) => told !== (there.get(split) ?? 0))
    .map(
      ([split, told]) =>
        `split ${split} has ${String(there.get(split) ?? 0)} pairs here, but dataset.json lists ${String(told)}: metrics cover only those present`,
    );
}

/** Reads a pair's pictures and truth. @throws {FlowError} naming the damaged file. */
export async function readPair({ folder }: DatasetPair): Promise<{ readonly crops: CropLuma; readonly truth: FlowTruth }> {
  const [onset, apex, visible, face, facial, head] = await Promise.all([
    picture(join(folder, 'onset.png')),
    picture(join(folder, 'apex.png')),
    picture(join(folder, 'visible.png')),
    picture(join(folder, 'face.png')),
    flow(folder, 'facial'),
    flow(folder, 'head'),
  ]);
  const counted = Uint8Array.from(face, (value, i) => (value > 127 && (visible[i] ?? 0) > 127 ? 1 : 0));
  if (!counted.includes(1))
    throw new FlowError('flow_file_invalid', `${folder}: no pixel of the face is visible, there is nothing to compare`);
  return { crops: { onset, apex }, truth: { facial, head, counted } };
}

async function picture(path: string): Promise<Float32Array> {
  const { width, height, data } = await readGrey(path);
  if (width !== INPUT_SIZE || height !== INPUT_SIZE)
    throw new FlowError('flow_file_invalid', `${path} is ${String(width)}x${String(height)}, not 224x224`);
  return data;
}

async function flow(folder: string, name: string): Promise<FlowField> {
  const zipped = join(folder, `${name}.flo.gz`);
  let field: FlowField;
  const bytes = await readFile(zipped).catch(() => undefined);
  if (bytes) {
    let plain: Uint8Array;
    try {
      plain = await promisify(gunzip)(bytes, { maxOutputLength: 12 + 8 * INPUT_PIXELS });
    } catch (cause) {
      throw new FlowError('flow_file_invalid', `${zipped} can't be unpacked: ${cause instanceof Error ? cause.message : String(cause)}`, {
        cause,
      });
    }
    field = decodeFlo(plain, zipped);
  } else {
    field = await readFlo(join(folder, `${name}.flo`));
  }
  if (field.width !== INPUT_SIZE || field.height !== INPUT_SIZE) {
    throw new FlowError(
      'flow_file_invalid',
      `${name} flow of ${folder} is ${String(field.width)}x${String(field.height)}, not ${String(INPUT_SIZE)}x${String(INPUT_SIZE)}`,
    );
  }
  if (!field.data.every(Number.isFinite))
    throw new FlowError('flow_file_invalid', `${name} flow of ${folder} contains non-finite values (NaN); generate the pair again`);
  return field;
}

async function folders(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

async function json(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as unknown;
  } catch (cause) {
    throw new FlowError('flow_file_invalid', `cannot read ${path}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}
