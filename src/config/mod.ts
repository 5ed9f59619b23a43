export { configSchema, DEFAULT_FALSE_ALARMS, falseAlarmsSchema, type Config } from './schema.js';
export { loadConfig, ConfigError, type ConfigOverrides } from './load.js';
export { plainWords } from './plain-words.js';
export { packageVersion } from './package-version.js';
export { redacted } from './describe.js';
export { withoutCredentials } from './without-credentials.js';
export type { Role } from './bus-schema.js';
export { GRANTS, tokenEntrySchema, type Grant, type TokenEntry } from './guard-schema.js';
