import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ModelError } from './model-error.js';
import { FACE_MODELS, type FaceModel, type FaceModelName } from './registry.js';
import { readTfjsGraph } from './tfjs-graph.js';
import { tfjsToOnnx } from './tfjs-to-onnx.js';

/** Where models come from and go to. */
export interface PrepareModelsOptions {
  /** Folder of the converted models. Default `$MELLM_CACHE/models`, else `.cache/models` of the package. */
  readonly cacheDir?: string;
  /** Folder of the sources. Default `models` of the installed `@vladmandic/human`. */
  readonly sourceDir?: string;
  /** Models wanted besides those that are always needed. Default none. */
  readonly optional?: readonly FaceModelName[];
  /** Told of each model that has to be converted now. */
  readonly onConvert?: (name: FaceModelName) => void;
}

/** Paths of the converted models by name; structured-cloneable, so that it can be a worker's data. */
export type PreparedModels = Partial<Record<FaceModelName, string>> & Readonly<Record<'blazeface' | 'facemesh', string>>;

/**
 * Makes sure that the converted face models lie in the cache, and says where. What is there and has the right SHA-256 is left
 * alone; what is missing or damaged is converted anew from the npm package, whose files are checked by hash too.
 *
 * Several processes may do this at once: files appear by atomic rename.
 *
 * @throws ModelError `model_source_missing`, `model_source_changed`, `model_unsupported`, `model_cache_unwritable`
 */
export async function prepareModels(options: PrepareModelsOptions = {}): Promise<PreparedModels> {
  const cacheDir = options.cacheDir ?? defaultCacheDir();
  const paths: Partial<Record<FaceModelName, string>> = {};
  for (const model of FACE_MODELS) {
    if (!model.required && !options.optional?.includes(model.name)) continue;
    const path = join(cacheDir, modelFile(model));
    if (await hashOf(path) !== model.onnxSha256) {
      options.onConvert?.(model.name);
      await writeAtomically(path, await convert(model, options.sourceDir ?? packageModels()));
    }
    paths[model.name] = path;
  }
  return paths as PreparedModels;
}

/** The cache's default folder: `$MELLM_CACHE/models`, else `.cache/models` beside package.json. */
export function defaultCacheDir(): string {
  const cache = process.env['MELLM_CACHE'];
  return join(cache !== undefined && cache !== '' ? cache : fileURLToPath(new URL('../../.cache', import.meta.url)), 'models');
}

/** Name of a converted model in the cache; its hash is part of it, so that versions can lie side by side. */
export function modelFile(model: FaceModel): string {
  return `${model.name}-${model.onnxSha256.slice(0, 8)}.onnx`;
}

/** SHA-256 of a file in hex; undefined where there is none. */
export async function hashOf(path: string): Promise<string | undefined> {
  if (!existsSync(path)) return undefined;
  return sha256(await readFile(path));
}

/** Converts one model from its sources, checking them first and the result last. */
export async function convert(model: FaceModel, sourceDir: string): Promise<Uint8Array> {
  const json = await source(join(sourceDir, `${model.name}.json`), model.jsonSha256);
  const weights = await source(join(sourceDir, `${model.name}.bin`), model.binSha256);
  const onnx = tfjsToOnnx(model.name, readTfjsGraph(json.toString('utf8'), weights), model.outputs);
  const made = sha256(onnx);
  if (made !== model.onnxSha256) {
    throw new ModelError('model_unsupported', `converting ${model.name} gave SHA-256 ${made}, expected ${model.onnxSha256}: the converter changed, so src/inference/registry.ts must name the new hash once the golden test agrees`);
  }
  return onnx;
}

async function source(path: string, expected: string): Promise<Buffer> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw new ModelError('model_source_missing', `the model source ${path} can't be read; run npm ci to install @vladmandic/human`, { cause });
  }
  const found = sha256(bytes);
  if (found !== expected) {
    throw new ModelError('model_source_changed', `${path} has SHA-256 ${found}, expected ${expected}: another version of @vladmandic/human, or a damaged file; run npm ci to restore the version in package-lock.json`);
  }
  return bytes;
}

/** The folder of models inside the installed npm package; its `exports` hide package.json, so its entry file shows the way. */
function packageModels(): string {
  try {
    return join(dirname(createRequire(import.meta.url).resolve('@vladmandic/human')), '..', 'models');
  } catch (cause) {
    throw new ModelError('model_source_missing', 'the npm package @vladmandic/human, which holds the face models, is not installed; run npm ci', { cause });
  }
}

async function writeAtomically(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.${String(process.pid)}-${Math.random().toString(36).slice(2)}.part`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(temporary, bytes);
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw new ModelError('model_cache_unwritable', `can't write ${path} (${cause instanceof Error ? cause.message : String(cause)}); set MELLM_CACHE to a folder that can be written`, { cause });
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
