import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { ConversionError } from './conversion-error.js';
import { PACKAGE, type ModelSource } from './sources.js';
import { readTfjsGraph } from './tfjs-graph.js';
import { tfjsToOnnx } from './tfjs-to-onnx.js';

/** Converts one model, after checking its files by SHA-256. The same source always gives the same bytes. */
export async function convert({ name, json, bin, outputs }: ModelSource, folder = packageModels()): Promise<Uint8Array<ArrayBuffer>> {
  const topology = await checked(join(folder, `${name}.json`), json);
  const weights = await checked(join(folder, `${name}.bin`), bin);
  return tfjsToOnnx(name, readTfjsGraph(topology.toString('utf8'), weights), outputs);
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function checked(path: string, expected: string): Promise<Buffer> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw new ConversionError(`cannot read ${path}; run npm ci to install ${PACKAGE}`, { cause });
  }
  const found = sha256(bytes);
  if (found !== expected)
    throw new ConversionError(`${path} has SHA-256 ${found}, expected ${expected}; run npm ci to restore the version in package-lock.json`);
  return bytes;
}

/** `models` of the installed package; its `exports` hide package.json, so its entry file shows the way. */
export function packageModels(): string {
  return join(dirname(createRequire(import.meta.url).resolve(PACKAGE)), '..', 'models');
}
