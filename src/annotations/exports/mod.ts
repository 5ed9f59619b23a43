import type { Annotation } from '../schema.js';
import { toCsv } from './csv.js';
import { toEaf } from './eaf.js';

/** Formats of `GET /api/sessions/{id}/annotations?format=` and `analyze --format`, with their media types. */
export const EXPORT_FORMATS = {
  json: 'application/json',
  jsonl: 'application/x-ndjson',
  csv: 'text/csv; charset=utf-8',
  eaf: 'application/xml',
} as const;
export type ExportFormat = keyof typeof EXPORT_FORMATS;

/** Writes closed annotations in a format; those the spotter took back are left out. `media` is named in the ELAN file. */
export function exportAnnotations(format: ExportFormat, annotations: readonly Annotation[], media?: string): string {
  const kept = annotations.filter((annotation) => annotation.withdrawn === undefined);
  switch (format) {
    case 'json': return `${JSON.stringify(kept)}\n`;
    case 'jsonl': return kept.map((annotation) => `${JSON.stringify(annotation)}\n`).join('');
    case 'csv': return toCsv(kept);
    case 'eaf': return toEaf(kept, media === undefined ? {} : { media });
  }
}
