import { readFileSync } from 'node:fs';
import { packageFile } from '../common/package-file.js';

/** The version in package.json, of the sources and of what was built from them alike. */
export function packageVersion(): string {
  return (JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as { version: string }).version;
}
