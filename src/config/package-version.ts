import { readFileSync } from 'node:fs';

/** The version in package.json, of the sources and of what was built from them alike. */
export function packageVersion(): string {
  return (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }).version;
}
