export * from './schema.js';
export { SessionStore, type SessionRecord } from './session-store.js';
export { exportAnnotations, EXPORT_FORMATS, type ExportFormat } from './exports/mod.js';
