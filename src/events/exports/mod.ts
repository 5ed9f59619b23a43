import type { Annotation } from '../schema.js';
import { annotationRow, bidsPieces } from './bids/rows.js';
import { toCsv } from './csv.js';
import { toEaf } from './eaf.js';
import type { Recording, ResultHeader } from './recording.js';

export { streamAnnotations } from './stream.js';
export type { Recording, ResultHeader } from './recording.js';
export { BIDS_COLUMNS } from './bids/columns.js';

/** Formats of `GET /api/sessions/{id}/annotations?format=` and `analyze --format`, with their media types. */
export const EXPORT_FORMATS = {
  json: 'application/json',
  jsonl: 'application/x-ndjson',
  csv: 'text/csv; charset=utf-8',
  eaf: 'application/xml',
  bids: 'text/tab-separated-values; charset=utf-8',
} as const;
export type ExportFormat = keyof typeof EXPORT_FORMATS;

/** Own keys only: `constructor` is none of the formats. */
export const isExportFormat = (name: string): name is ExportFormat => Object.hasOwn(EXPORT_FORMATS, name);

/** What an export says beside the annotations. */
export interface ExportOptions {
  readonly recording?: Recording;
  /** Makes of JSON an object with this head and `annotations`; a list without. */
  readonly header?: ResultHeader;
  /** CSV begins with a byte order mark, for Excel. Default false. */
  readonly bom?: boolean;
}

/** Writes closed annotations in a format; those the spotter took back are left out. */
export function exportAnnotations(
  format: ExportFormat,
  annotations: readonly Annotation[],
  { recording, header, bom }: ExportOptions = {},
): string {
  const kept = annotations.filter((annotation) => annotation.withdrawn === undefined);
  switch (format) {
    case 'json':
      return header ? `${JSON.stringify({ ...header, annotations: kept }, undefined, 2)}\n` : `${JSON.stringify(kept)}\n`;
    case 'jsonl':
      return kept.map((annotation) => `${JSON.stringify(annotation)}\n`).join('');
    case 'csv':
      return toCsv(kept, recording, { bom: bom ?? false });
    case 'eaf':
      return toEaf(kept, { recording, header });
    case 'bids':
      return [...bidsPieces(kept.map(annotationRow))].join('');
  }
}
