export * from './schema.js';
export * from './recording-schema.js';
export * from './review-schema.js';
export * from './http-schema.js';
export { sessionRecordSchema } from './session-record.js';
export { cutText } from './cut-text.js';
export { annotationId, sessionOf } from './annotation-id.js';
export {
  exportAnnotations,
  BIDS_COLUMNS,
  EXPORT_FORMATS,
  isExportFormat,
  streamAnnotations,
  type ExportFormat,
  type Recording,
  type ResultHeader,
} from './exports/mod.js';
export { plainText } from './exports/plain-text.js';
export { MARKER_CSV_HEADER, markerCsvRow } from './exports/markers.js';
export { facsCode, line as csvLine } from './exports/csv.js';
