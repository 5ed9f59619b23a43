import { readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import { configSchema, type Config } from './schema.js';

/** A setting that can't be used; the message names where it stands, what is wrong and, for a misspelt key, the nearest name. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'bad_config';
}

/** Settings from flags: section → key → value; `undefined` is not set. */
export type ConfigOverrides = { readonly [S in keyof Config]?: { readonly [K in keyof Config[S]]?: unknown } };

type Tree = Record<string, Record<string, unknown>>;

/** Reads the file (if any), then the environment, then the flags. Throws {@link ConfigError}. */
export function loadConfig(options: { file?: string; env?: NodeJS.ProcessEnv; overrides?: ConfigOverrides } = {}): Config {
  const tree: Tree = options.file === undefined ? {} : readFile(options.file);
  const shape = configSchema.shape;
  for (const section of Object.keys(shape)) {
    for (const key of sectionKeys(section)) {
      const value = options.env?.[`MELLM_${section}_${key}`.toUpperCase()];
      if (value !== undefined && value.trim() !== '') (tree[section] ??= {})[key] = value;
    }
  }
  for (const [section, values] of Object.entries(options.overrides ?? {})) {
    for (const [key, value] of Object.entries(values)) if (value !== undefined) (tree[section] ??= {})[key] = value;
  }
  const result = configSchema.safeParse(tree);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  if (!issue) throw new ConfigError('the configuration is not valid');
  const path = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    const unknown = issue.keys[0] ?? '';
    const known = path === '' ? Object.keys(shape) : sectionKeys(path);
    throw new ConfigError(`unknown setting "${path === '' ? '' : `${path}.`}${unknown}"; the nearest name is "${nearest(unknown, known)}"`);
  }
  throw new ConfigError(`setting "${path}": ${issue.message}`);
}

function sectionKeys(section: string): string[] {
  const schema = configSchema.shape[section as keyof Config] as { unwrap(): { shape: Record<string, unknown> } } | undefined;
  return schema ? Object.keys(schema.unwrap().shape) : [];
}

function readFile(file: string): Tree {
  let text: string;
  try { text = readFileSync(file, 'utf8'); } catch (cause) {
    throw new ConfigError(`the config file ${file} can't be read (${(cause as NodeJS.ErrnoException).code ?? 'unknown'})`, { cause });
  }
  const document = parseDocument(text, { maxAliasCount: 0 } as never);
  const [error] = document.errors;
  if (error) throw new ConfigError(`${file}: ${error.message.split('\n')[0] ?? 'not YAML'}`);
  let value: unknown;
  try { value = document.toJS({ maxAliasCount: 0 }) ?? {}; } catch (cause) {
    throw new ConfigError(`${file}: aliases (*name) are not taken; write the value out`, { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new ConfigError(`${file}: expected sections such as "server:", found something else`);
  for (const [section, content] of Object.entries(value)) {
    if (content === null) (value as Record<string, unknown>)[section] = {};
    else if (typeof content !== 'object' || Array.isArray(content)) throw new ConfigError(`${file}: "${section}" must hold settings`);
  }
  return value as Tree;
}

/** The known name with the smallest edit distance (Levenshtein 1966). */
function nearest(name: string, known: readonly string[]): string {
  const distance = (a: string, b: string): number => {
    let row = Array.from({ length: b.length + 1 }, (_, i) => i);
    for (let i = 1; i <= a.length; i++) {
      const next = [i];
      for (let j = 1; j <= b.length; j++) {
        next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)));
      }
      row = next;
    }
    return row[b.length] ?? Infinity;
  };
  return [...known].sort((a, b) => distance(name, a) - distance(name, b))[0] ?? '';
}
