import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { packageFile } from '../common/package-file.js';
import { FlowError } from './flow-error.js';

/** Where the trained MEFlowNet lies: `models/meflownet` of the package. */
export const DEFAULT_MODEL_FOLDER = packageFile('models/meflownet');

const cardSchema = z.looseObject({
  name: z.string().regex(/^[\w.-]{1,40}$/),
  version: z.string().max(40),
  file: z.string().regex(/^[\w.-]+\.onnx$/, 'must be the name of an ONNX file beside the card'),
  sha256: z.string().regex(/^[\da-f]{64}$/),
});

/** A MEFlowNet file that is what its card says. */
export interface FlowModel {
  readonly name: string;
  readonly version: string;
  readonly path: string;
  readonly sha256: string;
  /** `<name>@<first 8 hex digits of the SHA-256>`, as annotations name it. */
  readonly source: string;
  /** The ONNX file: these very bytes were hashed, and these are loaded. */
  readonly onnx: Uint8Array<ArrayBuffer>;
}

/**
 * Reads a model's card (`model.json`) and file, and checks the file's SHA-256 against the card.
 *
 * @throws {FlowError} `flow_model_missing`, `flow_model_damaged`, `flow_model_invalid`; the message names the file and the fix.
 */
export async function readFlowModel(folder = DEFAULT_MODEL_FOLDER): Promise<FlowModel> {
  const cardPath = join(folder, 'model.json');
  const text = await readOrMissing(cardPath);
  let raw: unknown;
  try {
    raw = JSON.parse(text.toString('utf8'));
  } catch (cause) {
    throw invalidCard(cardPath, 'not valid JSON', cause);
  }
  const card = cardSchema.safeParse(raw);
  if (!card.success) throw invalidCard(cardPath, card.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '));
  const { name, version, file, sha256 } = card.data;
  const path = join(folder, file);
  const bytes = await readOrMissing(path);
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found !== sha256) {
    throw new FlowError(
      'flow_model_damaged',
      `the model file ${path} is damaged or was replaced: its SHA-256 is ${found.slice(0, 12)}…, but ${basename(cardPath)} says ${sha256.slice(0, 12)}…; ` +
        'restore it (git checkout -- models/meflownet, or install the package again)',
    );
  }
  return { name, version, path, sha256, source: `${name}@${sha256.slice(0, 8)}`, onnx: new Uint8Array(bytes) };
}

async function readOrMissing(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT')
      throw new FlowError('flow_model_invalid', `cannot read ${path}: ${cause instanceof Error ? cause.message : String(cause)}`, {
        cause,
      });
    throw new FlowError(
      'flow_model_missing',
      `the flow model is missing: ${path} does not exist; restore it (git checkout -- models/meflownet), or train it (training/README.md)`,
      { cause },
    );
  }
}

function invalidCard(path: string, what: string, cause?: unknown): FlowError {
  return new FlowError('flow_model_invalid', `the model card ${path} is invalid: ${what}; restore it (git checkout -- models/meflownet)`, {
    cause,
  });
}
