import { readdir, readFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defaultCacheDir, hashOf, modelFile } from './model-store.js';
import { FACE_MODELS } from './registry.js';

/** A model as `doctor` shows it. */
export interface ModelEntry {
  readonly name: string;
  /** Path of the ONNX file. */
  readonly file: string;
  /** SHA-256 of the file as it is now; absent where it has not been made yet. */
  readonly sha256?: string;
  /** SHA-256 that it must have, where the registry pins it. */
  readonly expected?: string;
  readonly source: string;
  readonly state: 'ready' | 'not_prepared' | 'damaged';
}

/**
 * Every model of this installation: the converted face models and the project's own ONNX files below `models/`.
 *
 * @param cacheDir folder of the converted models, see `prepareModels`
 * @param ownDir folder of the project's own models; default `models` of the package
 */
export async function listModels(cacheDir = defaultCacheDir(), ownDir = fileURLToPath(new URL('../../models', import.meta.url))): Promise<ModelEntry[]> {
  const entries: ModelEntry[] = [];
  for (const model of FACE_MODELS) {
    const file = join(cacheDir, modelFile(model));
    const found = await hashOf(file);
    if (found === undefined && !model.required) continue;
    entries.push({
      name: model.name, file, expected: model.onnxSha256, source: model.source,
      ...(found === undefined ? { state: 'not_prepared' as const } : { sha256: found, state: found === model.onnxSha256 ? 'ready' as const : 'damaged' as const }),
    });
  }
  const own = await readdir(ownDir, { recursive: true }).catch(() => []);
  for (const name of own.filter((path) => path.endsWith('.onnx')).sort()) {
    const file = join(ownDir, name);
    const sha256 = createHash('sha256').update(await readFile(file)).digest('hex');
    entries.push({ name: name.replace(/\.onnx$/, ''), file, sha256, source: 'trained by this project', state: 'ready' });
  }
  return entries;
}
