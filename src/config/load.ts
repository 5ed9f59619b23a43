import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type * as Yaml from 'yaml';
import { forbidsEmotion } from './consent-schema.js';
import { knownKeys } from './describe.js';
import { editDistance, nearest } from './nearest.js';
import { plainWords } from './plain-words.js';
import { configSchema, type Config } from './schema.js';

/** A setting that can't be used; the message names where it stands, what is wrong and, for a misspelt key, the nearest name. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'bad_config';
}

/** Settings from flags: section → key → value; `undefined` is not set. */
export type ConfigOverrides = { readonly [S in keyof Config]?: { readonly [K in keyof Config[S]]?: unknown } };

/** Read elsewhere: not settings. */
const OTHER_VARIABLES = ['MELLM_LLM_KEY', 'MELLM_FLOW_SERVER_KEY'];

type Tree = Record<string, Record<string, unknown>>;

/** Reads the file (if any), then the environment, then the flags. Throws {@link ConfigError}. */
export function loadConfig(options: { file?: string; env?: NodeJS.ProcessEnv; overrides?: ConfigOverrides } = {}): Config {
  const tree: Tree = options.file === undefined ? {} : readFile(options.file);
  readEnvironment(options.env ?? {}, tree);
  for (const [section, values] of Object.entries(options.overrides ?? {})) {
    for (const [key, value] of Object.entries(values)) if (value !== undefined) (tree[section] ??= {})[key] = value;
  }
  const result = configSchema.safeParse(tree, { error: plainWords });
  if (result.success) return withPurpose(result.data);
  // A misspelt key explains the missing one beside it.
  const issue = result.error.issues.find(({ code }) => code === 'unrecognized_keys') ?? result.error.issues[0];
  if (!issue) throw new ConfigError('the configuration is not valid');
  const path = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    const unknown = issue.keys[0] ?? '';
    const known = knownKeys(issue.path);
    throw new ConfigError(`unknown setting "${path === '' ? '' : `${path}.`}${unknown}"; the nearest name is "${nearest(unknown, known)}"`);
  }
  throw new ConfigError(`setting "${path}": ${issue.message}`);
}

/** The settings that a purpose imposes. */
function withPurpose(config: Config): Config {
  return forbidsEmotion(config.consent.purpose) ? { ...config, llm: { ...config.llm, emotion: false } } : config;
}

/** A variable that looks like a misspelt one of ours is an error; others that begin with MELLM_ may be somebody else's. */
function readEnvironment(env: NodeJS.ProcessEnv, tree: Tree): void {
  const settings = new Map(
    knownKeys([]).flatMap((section) => knownKeys([section]).map((key) => [`MELLM_${section}_${key}`.toUpperCase(), { section, key }])),
  );
  for (const [name, value] of Object.entries(env)) {
    if (!name.startsWith('MELLM_') || value === undefined || value.trim() === '') continue;
    const setting = settings.get(name);
    if (setting) {
      (tree[setting.section] ??= {})[setting.key] = value;
      continue;
    }
    if (OTHER_VARIABLES.includes(name)) continue;
    const likely = nearest(name, [...settings.keys()]);
    if (editDistance(name, likely) <= 2) throw new ConfigError(`unknown environment variable ${name}; the nearest name is ${likely}`);
  }
}

function readFile(file: string): Tree {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new ConfigError(`cannot read the config file ${file} (${(cause as NodeJS.ErrnoException).code ?? 'unknown'})`, { cause });
  }
  // Loaded where a file is named: most starts have none.
  const { parseDocument } = createRequire(import.meta.url)('yaml') as typeof Yaml;
  const document = parseDocument(text, { maxAliasCount: 0 } as never);
  const [error] = document.errors;
  if (error) throw new ConfigError(`${file}: ${error.message.split('\n')[0] ?? 'not YAML'}`);
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 0 }) ?? {};
  } catch (cause) {
    throw new ConfigError(`${file}: aliases (*name) are not supported; write the value out`, { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ConfigError(`${file}: expected sections such as "server:", found something else`);
  for (const [section, content] of Object.entries(value)) {
    if (content === null) (value as Record<string, unknown>)[section] = {};
    else if (typeof content !== 'object' || Array.isArray(content)) throw new ConfigError(`${file}: "${section}" must hold settings`);
  }
  return value as Tree;
}
