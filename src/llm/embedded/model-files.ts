import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { packageFile } from '../../common/package-file.js';
import { LlmError } from '../llm-error.js';

/** Where the project ships the embedded model. */
const MODEL_FOLDER = packageFile('models/mellm');

const cardSchema = z.object({
  name: z.string(),
  version: z.string(),
  files: z.record(z.string(), z.string().regex(/^[0-9a-f]{64}$/)),
  architecture: z.object({
    layers: z.int().positive(),
    heads: z.int().positive(),
    width: z.int().positive(),
    questions: z.int().positive(),
  }),
  /** FACS numbers of the units that the model is asked for, in the questions' order. */
  units: z.array(z.int().positive()),
  calibration: z.object({
    unit_temperature: z.number().positive(),
    category_temperature: z.number().positive(),
    thresholds: z.array(z.number()),
  }),
});

export type ModelCard = z.infer<typeof cardSchema>;

/** The embedded model's files, checked. */
export interface ModelFiles {
  readonly folder: string;
  readonly card: ModelCard;
  /** SHA-256 of decoder.onnx, hex. */
  readonly sha256: string;
}

/**
 * Reads model.json and checks every file that it names against its hash.
 *
 * @throws LlmError `llm_model_missing`, `llm_model_damaged`.
 */
export function readModelFiles(folder = MODEL_FOLDER): ModelFiles {
  let card: ModelCard;
  try {
    card = cardSchema.parse(JSON.parse(readFileSync(`${folder}/model.json`, 'utf8')));
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    throw new LlmError(
      missing ? 'llm_model_missing' : 'llm_model_damaged',
      missing ? `no embedded model in ${folder}; check out models/mellm` : `cannot read ${folder}/model.json; check out models/mellm again`,
      { cause },
    );
  }
  for (const [file, expected] of Object.entries(card.files)) {
    let found: string;
    try {
      found = createHash('sha256')
        .update(readFileSync(`${folder}/${file}`))
        .digest('hex');
    } catch (cause) {
      throw new LlmError('llm_model_missing', `cannot read ${folder}/${file}; check out models/mellm again`, { cause });
    }
    if (found !== expected)
      throw new LlmError(
        'llm_model_damaged',
        `${folder}/${file} has SHA-256 ${found}, but model.json says ${expected}; check out models/mellm again`,
      );
  }
  const sha256 = card.files['decoder.onnx'];
  if (sha256 === undefined)
    throw new LlmError('llm_model_damaged', `${folder}/model.json names no decoder.onnx; check out models/mellm again`);
  return { folder, card, sha256 };
}
