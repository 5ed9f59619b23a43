import type { ActionUnit, Annotation } from '../schema.js';
import { plainText } from './plain-text.js';
import type { Recording } from './recording.js';

/** The contract's columns come first, in its order. */
const COLUMNS = [
  'id',
  'face',
  'kind',
  'onset',
  'apex',
  'offset',
  'score',
  'aus',
  'emotion',
  'text',
  'file',
  'file_start',
  'au_confidences',
  'text_source',
  'flow_source',
  'incomplete',
] as const;
const SIDE = { left: 'L', right: 'R', both: '' } as const;
/** Byte order mark: Excel takes a CSV for the local 8-bit code without it. */
const BOM = '\ufeff';

/** An action unit as FACS coders write it: `12`, `L12`. */
export function unitCode({ au, side }: Pick<ActionUnit, 'au' | 'side'>): string {
  return `${SIDE[side]}${au.slice(2)}`;
}

/** Action units as FACS coders write them: `1+2`, `L12`, joined by `+`. */
export function facsCode(aus: readonly Pick<ActionUnit, 'au' | 'side'>[]): string {
  return aus.map(unitCode).join('+');
}

/** RFC 4180, one row an annotation. A cell that a spreadsheet would take for a formula gets an apostrophe before it. */
export function toCsv(annotations: readonly Annotation[], recording?: Recording, options: { readonly bom?: boolean } = {}): string {
  return (options.bom ? BOM : '') + CSV_HEADER + annotations.map((annotation) => csvRow(annotation, recording)).join('');
}

export const CSV_HEADER = line(COLUMNS);

export function csvRow(a: Annotation, recording?: Recording): string {
  return line(csvCells(a, recording));
}

/** Names of the columns. */
export const CSV_COLUMNS: readonly string[] = COLUMNS;

export function csvCells(a: Annotation, recording?: Recording): readonly string[] {
  return cellsOf({
    id: a.id,
    face: a.face,
    kind: a.kind,
    onset: seconds(a.onset),
    apex: seconds(a.apex),
    offset: a.offset === null ? '' : seconds(a.offset),
    score: a.score.toFixed(3),
    aus: facsCode(a.aus),
    emotion: a.emotion?.label ?? '',
    text: plainText(a.text),
    file: recording?.name ?? '',
    file_start: seconds(recording?.start ?? 0),
    au_confidences: a.aus.map((unit) => `${unitCode(unit)}:${unit.confidence.toFixed(2)}`).join(' '),
    text_source: a.source.mellm ?? '',
    flow_source: a.source.flow ?? '',
    incomplete: a.incomplete?.join(' ') ?? '',
  });
}

/** A row's cells in the order of the columns; empty where nothing is given. */
export function cellsOf(row: Partial<Record<(typeof COLUMNS)[number], string>>): readonly string[] {
  return COLUMNS.map((column) => row[column] ?? '');
}

export function line(cells: readonly string[]): string {
  return `${cells.map(cell).join(',')}\r\n`;
}

export function seconds(t: number): string {
  return t.toFixed(3);
}

function cell(value: string): string {
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
