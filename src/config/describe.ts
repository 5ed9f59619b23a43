import { z } from 'zod';
import { withoutCredentials } from './without-credentials.js';
import { configSchema, type Config } from './schema.js';

/** The part of JSON Schema that is read here; `secret` is ours. */
interface Node {
  readonly properties?: Readonly<Record<string, Node>>;
  readonly items?: Node;
  readonly secret?: boolean;
}

const root = z.toJSONSchema(configSchema, { io: 'output', unrepresentable: 'any' }) as Node;

/** The names that may stand at a path of the configuration, e.g. `['auth', 'tokens', 0]`. */
export function knownKeys(path: readonly PropertyKey[]): string[] {
  let node: Node | undefined = root;
  for (const step of path) node = typeof step === 'number' ? node?.items : node?.properties?.[String(step)];
  return Object.keys(node?.properties ?? {});
}

/** The settings in force with the secrets among them blotted out: for people, and for logs. */
export function redacted(config: Config): unknown {
  const blot = (value: unknown, node: Node | undefined): unknown => {
    if (value === undefined || value === null) return value;
    if (node?.secret === true) return '(secret)';
    if (Array.isArray(value)) return value.map((item) => blot(item, node?.items));
    if (typeof value === 'string') return withoutCredentials(value);
    if (typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, blot(inner, node?.properties?.[key])]));
  };
  return blot(config, root);
}
