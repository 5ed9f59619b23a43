export * from './schema.js';
export { annotationId, sessionOf } from './annotation-id.js';
export { exportAnnotations, EXPORT_FORMATS, type ExportFormat } from './exports/mod.js';
export { facsCode } from './exports/csv.js';
