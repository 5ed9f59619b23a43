import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { packageFile } from '../../common/package-file.js';
import { readFaceModelCards, sha256Of } from './face-model-files.js';

/** A model as `doctor` shows it. */
export interface ModelEntry {
  readonly name: string;
  /** Path of the ONNX file. */
  readonly file: string;
  /** SHA-256 of the file as it is now; absent where the file is missing. */
  readonly sha256?: string;
  /** SHA-256 that it must have, where the face models' card names it. */
  readonly expected?: string;
  readonly source: string;
  readonly state: 'ready' | 'missing' | 'damaged';
}

/**
 * Every model of this installation: the face models and the networks trained by this project.
 *
 * @param folder default `models` of the package
 * @throws {ModelError} `model_missing`, `model_invalid` where the face models' card can't be used
 */
export async function listModels(folder = packageFile('models')): Promise<ModelEntry[]> {
  const entries: ModelEntry[] = [];
  const faces = readFaceModelCards(join(folder, 'face'));
  for (const { name, path, sha256: expected, source } of faces) {
    const bytes = await readFile(path).catch(() => undefined);
    if (bytes === undefined) {
      entries.push({ name, file: path, expected, source, state: 'missing' });
      continue;
    }
    const sha256 = sha256Of(bytes);
    entries.push({ name, file: path, sha256, expected, source, state: sha256 === expected ? 'ready' : 'damaged' });
  }
  const files = await readdir(folder, { recursive: true }).catch(() => []);
  const listed = new Set(faces.map(({ path }) => relative(folder, path)));
  for (const name of files.filter((path) => path.endsWith('.onnx') && !listed.has(path)).sort()) {
    const file = join(folder, name);
    entries.push({
      name: name.replace(/\.onnx$/, ''),
      file,
      sha256: sha256Of(await readFile(file)),
      source: 'trained by this project',
      state: 'ready',
    });
  }
  return entries;
}
