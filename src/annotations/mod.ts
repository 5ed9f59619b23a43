export * from './schema.js';
export { exportAnnotations, EXPORT_FORMATS, type ExportFormat } from './exports/mod.js';
export { facsCode } from './exports/csv.js';
