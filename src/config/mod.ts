export { configSchema, DEFAULT_FALSE_ALARMS, type Config } from './schema.js';
export { loadConfig, ConfigError, type ConfigOverrides } from './load.js';
export { plainWords } from './plain-words.js';
export { packageVersion } from './package-version.js';
export { redacted } from './describe.js';
export { withoutCredentials } from './without-credentials.js';
export type { Role } from './bus-schema.js';
export { GRANTS, type Grant } from './grants.js';
export { tokenEntrySchema, type TokenEntry } from './guard-schema.js';
