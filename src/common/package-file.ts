import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder that holds package.json: the same for the sources and for what is built from them. */
const PACKAGE_ROOT = findRoot(dirname(fileURLToPath(import.meta.url)));

/** Path of a file or folder of this package, e.g. `packageFile('models/spotter')`. */
export function packageFile(...parts: readonly string[]): string {
  return join(PACKAGE_ROOT, ...parts);
}

function findRoot(folder: string): string {
  if (existsSync(join(folder, 'package.json'))) return folder;
  const parent = dirname(folder);
  if (parent === folder) throw new Error('package.json of mellm-live not found above its code');
  return findRoot(parent);
}
