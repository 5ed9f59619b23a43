import type { Review } from '../review-schema.js';
import type { Annotation, Marker } from '../schema.js';
import { annotationRow, bidsPieces, markerRow } from './bids/rows.js';
import { CSV_HEADER, csvRow } from './csv.js';
import { eafPieces, eafSource, type EafSource } from './eaf.js';
import type { ExportFormat } from './mod.js';
import type { Recording } from './recording.js';
import { reviewedRow, REVIEWED_HEADER, reviewRow, reviewSource } from './reviews.js';

/** What is written beside the annotations. */
export interface Beside {
  /** In ELAN's form only; they have a table of their own. */
  readonly markers?: readonly Marker[];
  /** Of coders; undefined: none, and no columns for them. */
  readonly reviews?: AsyncIterable<readonly Review[]> | undefined;
}

/**
 * Writes closed annotations piece by piece as they come; those that the spotter took back are left out. No more than a page is held,
 * but for ELAN's form, which names all times before the first annotation, and for that of BIDS, which is ordered by onset: of each, the few
 * fields that stand in it.
 */
export function streamAnnotations(
  format: ExportFormat,
  pages: AsyncIterable<readonly Annotation[]>,
  recording?: Recording,
  beside: Beside = {},
): AsyncGenerator<string> {
  const { reviews } = beside;
  switch (format) {
    case 'json':
      return json(found(pages));
    case 'jsonl':
      return joined(lines(found(pages), '', jsonLine), lines(reviews, '', jsonLine));
    case 'csv':
      if (!reviews) return lines(found(pages), CSV_HEADER, (annotation) => csvRow(annotation, recording));
      return joined(
        lines(found(pages), REVIEWED_HEADER, (annotation) => reviewedRow(annotation, recording)),
        lines(reviews, '', (review) => reviewRow(review, recording)),
      );
    case 'eaf':
      return eaf(pages, recording, beside);
    case 'bids':
      return bids(found(pages), beside.markers ?? []);
  }
}

const jsonLine = (value: unknown): string => `${JSON.stringify(value)}\n`;

async function* found(pages: AsyncIterable<readonly Annotation[]>): AsyncGenerator<readonly Annotation[]> {
  for await (const page of pages) yield page.filter(({ withdrawn }) => withdrawn === undefined);
}

async function* joined(...parts: readonly AsyncGenerator<string>[]): AsyncGenerator<string> {
  for (const part of parts) yield* part;
}

async function* lines<T>(pages: AsyncIterable<readonly T[]> | undefined, header: string, line: (row: T) => string): AsyncGenerator<string> {
  yield header;
  if (pages) for await (const page of pages) yield page.map(line).join('');
}

async function* json(pages: AsyncIterable<readonly Annotation[]>): AsyncGenerator<string> {
  yield '[';
  let between = '';
  for await (const page of pages) {
    const texts = page.map((annotation) => JSON.stringify(annotation));
    if (texts.length > 0) yield between + texts.join(',');
    if (texts.length > 0) between = ',';
  }
  yield ']\n';
}

async function* eaf(
  pages: AsyncIterable<readonly Annotation[]>,
  recording: Recording | undefined,
  { markers, reviews }: Beside,
): AsyncGenerator<string> {
  const rows: EafSource[] = [];
  for await (const page of found(pages)) {
    rows.push(...page.map(eafSource));
    // Nothing to send yet, but a turn for others.
    yield '';
  }
  if (reviews) {
    for await (const page of reviews) {
      rows.push(...page.map(reviewSource));
      yield '';
    }
  }
  yield* eafPieces(rows, { recording, markers: markers ?? [] });
}

async function* bids(pages: AsyncIterable<readonly Annotation[]>, markers: readonly Marker[]): AsyncGenerator<string> {
  const rows = markers.map(markerRow);
  for await (const page of pages) {
    rows.push(...page.map(annotationRow));
    yield '';
  }
  yield* bidsPieces(rows);
}
