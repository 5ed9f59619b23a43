import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { packageFile } from '../../common/package-file.js';
import { SpotterError } from './spotter-error.js';

/** Where the trained spotter lies: `models/spotter` of the package. */
export const SPOTTER_FOLDER = packageFile('models/spotter');

const point = z.tuple([z.number(), z.number()]);
const cardSchema = z.looseObject({
  name: z.string().regex(/^[\w.-]{1,40}$/),
  file: z.string().regex(/^[\w.-]+\.onnx$/, 'must be the name of an ONNX file beside the card'),
  sha256: z.string().regex(/^[\da-f]{64}$/),
  state: z.array(z.number()).min(1).max(10_000).describe('the state before the first tick'),
  calibration: z.array(point).min(2).describe('raw score to precision, ascending; measured on the validation split of ME-Inject'),
  alarms: z
    .array(point)
    .min(2)
    .describe(
      "raw threshold to false alarms per minute, descending; measured on all clips of ME-Inject's validation split, those with micro-expressions included",
    ),
});

/** A spotter file that is what its card says. */
export interface SpotterModel {
  readonly path: string;
  /** `<name>@<first 8 hex digits of the SHA-256>`. */
  readonly source: string;
  readonly state: readonly number[];
  readonly calibration: readonly (readonly [number, number])[];
  readonly alarms: readonly (readonly [number, number])[];
}

/**
 * Reads the model card and checks the ONNX file's SHA-256 against it. Synchronous: called once, while a thread starts.
 *
 * @param wayOut how to go on without it, for the error
 * @throws {SpotterError} `spotter_model_missing`, `spotter_model_damaged`, `spotter_model_invalid`; the message names the file and the fix.
 */
export function readSpotterModel(folder = SPOTTER_FOLDER, wayOut = 'set spotting.method to rules'): SpotterModel {
  const fix = `restore it (git checkout -- models/spotter, or install the package again), or ${wayOut}`;
  const cardPath = join(folder, 'model.json');
  let raw: unknown;
  try {
    raw = JSON.parse(read(cardPath, fix).toString('utf8'));
  } catch (cause) {
    if (cause instanceof SpotterError) throw cause;
    throw new SpotterError('spotter_model_invalid', `the model card ${cardPath} is not valid JSON; ${fix}`, { cause });
  }
  const card = cardSchema.safeParse(raw);
  if (!card.success)
    throw new SpotterError('spotter_model_invalid', `the model card ${cardPath} is invalid: ${z.prettifyError(card.error)}; ${fix}`);
  const { name, file, sha256, state, calibration, alarms } = card.data;
  const path = join(folder, file);
  const found = createHash('sha256').update(read(path, fix)).digest('hex');
  if (found !== sha256) {
    throw new SpotterError(
      'spotter_model_damaged',
      `${path} is damaged or was replaced: its SHA-256 is ${found.slice(0, 12)}…, but its card says ${sha256.slice(0, 12)}…; ${fix}`,
    );
  }
  return { path, source: `${name}@${sha256.slice(0, 8)}`, state, calibration, alarms };
}

function read(path: string, fix: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new SpotterError('spotter_model_missing', `the spotter's model is missing: cannot read ${path}; ${fix}`, { cause });
  }
}
