import type { Annotation, Marker } from '../schema.js';
import { CSV_HEADER, csvRow } from './csv.js';
import { eafPieces, eafSource, type EafSource } from './eaf.js';
import type { ExportFormat } from './mod.js';
import type { Recording } from './recording.js';

/**
 * Writes closed annotations piece by piece as they come; those that the spotter took back are left out. No more than a page is held,
 * but for ELAN's form, which names all times before the first annotation: of each, the few fields that stand in it. Markers are in that
 * form only; they have a table of their own.
 */
export function streamAnnotations(
  format: ExportFormat,
  pages: AsyncIterable<readonly Annotation[]>,
  recording?: Recording,
  markers: readonly Marker[] = [],
): AsyncGenerator<string> {
  switch (format) {
    case 'json':
      return json(pages);
    case 'jsonl':
      return lines(pages, '', (annotation) => `${JSON.stringify(annotation)}\n`);
    case 'csv':
      return lines(pages, CSV_HEADER, (annotation) => csvRow(annotation, recording));
    case 'eaf':
      return eaf(pages, recording, markers);
  }
}

const found = (page: readonly Annotation[]): readonly Annotation[] => page.filter(({ withdrawn }) => withdrawn === undefined);

async function* lines(
  pages: AsyncIterable<readonly Annotation[]>,
  header: string,
  line: (annotation: Annotation) => string,
): AsyncGenerator<string> {
  yield header;
  for await (const page of pages) yield found(page).map(line).join('');
}

async function* json(pages: AsyncIterable<readonly Annotation[]>): AsyncGenerator<string> {
  yield '[';
  let between = '';
  for await (const page of pages) {
    const texts = found(page).map((annotation) => JSON.stringify(annotation));
    if (texts.length > 0) yield between + texts.join(',');
    if (texts.length > 0) between = ',';
  }
  yield ']\n';
}

async function* eaf(
  pages: AsyncIterable<readonly Annotation[]>,
  recording: Recording | undefined,
  markers: readonly Marker[],
): AsyncGenerator<string> {
  const rows: EafSource[] = [];
  for await (const page of pages) {
    rows.push(...found(page).map(eafSource));
    // Nothing to send yet, but a turn for others.
    yield '';
  }
  yield* eafPieces(rows, { recording, markers });
}
