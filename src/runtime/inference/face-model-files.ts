import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { packageFile } from '../../common/package-file.js';
import { ModelError } from './model-error.js';

/** Where the face models lie: `models/face` of the package. `scripts/data/convert-face-models` makes them. */
export const FACE_MODEL_FOLDER = packageFile('models/face');

const FIX = 'restore it (git checkout -- models/face, or install the package again)';

export type FaceModelName = 'blazeface' | 'facemesh';

const entry = <Name extends FaceModelName>(
  name: Name,
): z.ZodObject<{ name: z.ZodLiteral<Name>; file: z.ZodString; sha256: z.ZodString; source: z.ZodString }> =>
  z.object({
    name: z.literal(name),
    file: z.string().regex(/^[\w.-]+\.onnx$/, 'must be the name of an ONNX file beside the card'),
    sha256: z.string().regex(/^[\da-f]{64}$/),
    source: z.string(),
  });
const cardSchema = z.object({ models: z.tuple([entry('blazeface'), entry('facemesh')]) });

/** What the card says of a model. */
export interface FaceModelCard {
  readonly name: FaceModelName;
  readonly path: string;
  /** SHA-256 that the file must have. */
  readonly sha256: string;
  /** Origin and licence, for `doctor`. */
  readonly source: string;
}

/**
 * Reads the card of the face models and checks each file's SHA-256 against it. Synchronous: called once, while a thread starts.
 *
 * @throws {ModelError} `model_missing`, `model_damaged`, `model_invalid`; the message names the file and the fix.
 */
export function readFaceModels(folder = FACE_MODEL_FOLDER): Readonly<Record<FaceModelName, FaceModelCard>> {
  const [blazeface, facemesh] = readFaceModelCards(folder);
  for (const { path, sha256 } of [blazeface, facemesh]) {
    const found = sha256Of(read(path));
    if (found !== sha256) {
      throw new ModelError(
        'model_damaged',
        `${path} is damaged or was replaced: its SHA-256 is ${found.slice(0, 12)}…, but model.json says ${sha256.slice(0, 12)}…; ${FIX}`,
      );
    }
  }
  return { blazeface, facemesh };
}

/** The card alone: the files may be missing or damaged. @throws {ModelError} `model_missing`, `model_invalid`. */
export function readFaceModelCards(folder = FACE_MODEL_FOLDER): readonly [FaceModelCard, FaceModelCard] {
  const cardPath = join(folder, 'model.json');
  let raw: unknown;
  try {
    raw = JSON.parse(read(cardPath).toString('utf8'));
  } catch (cause) {
    if (cause instanceof ModelError) throw cause;
    throw new ModelError('model_invalid', `the model card ${cardPath} is not valid JSON; ${FIX}`, { cause });
  }
  const card = cardSchema.safeParse(raw);
  if (!card.success) throw new ModelError('model_invalid', `the model card ${cardPath} is invalid: ${z.prettifyError(card.error)}; ${FIX}`);
  const [blazeface, facemesh] = card.data.models;
  const cardOf = ({ name, file, sha256, source }: typeof blazeface | typeof facemesh): FaceModelCard => ({
    name,
    path: join(folder, file),
    sha256,
    source,
  });
  return [cardOf(blazeface), cardOf(facemesh)];
}

/** In hex. */
export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function read(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new ModelError('model_missing', `cannot read the face model file ${path}; ${FIX}`, { cause });
  }
}
