import { readFileSync } from 'node:fs';
import { ConfigError, plainWords, tokenEntrySchema, type TokenEntry } from '../config/mod.js';

/**
 * Reads a file of tokens, one per line: `TOKEN GRANT[+GRANT...] [SESSION NAME]`; `#` starts a comment, empty lines are ignored.
 * @throws ConfigError that names the line, never its content
 */
export function readTokensFile(path: string): TokenEntry[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new ConfigError(`cannot read the tokens file ${path} (${(cause as NodeJS.ErrnoException).code ?? 'unknown'})`, { cause });
  }
  return text.split(/\r?\n/).flatMap((line, index) => {
    if (/^\s*(#|$)/.test(line)) return [];
    const parsed = tokenEntrySchema.safeParse(line, { error: plainWords });
    if (parsed.success) return [parsed.data];
    throw new ConfigError(`${path}, line ${String(index + 1)}: ${parsed.error.issues[0]?.message ?? 'not a token'}`);
  });
}
