import type { Annotation, Marker } from '../../schema.js';
import { facsCode } from '../csv.js';
import { BIDS_COLUMNS, type BidsColumn } from './columns.js';

const COLUMNS = Object.keys(BIDS_COLUMNS) as BidsColumn[];
const MISSING = 'n/a';

/** A row, and the time by which rows are ordered. */
export interface BidsRow {
  readonly onset: number;
  readonly line: string;
}

const BIDS_HEADER = `${COLUMNS.join('\t')}\n`;

export const annotationRow = ({ id, face, kind, onset, apex, offset, score, aus, emotion }: Annotation): BidsRow =>
  row(onset, {
    duration: offset === null ? '' : seconds(Math.max(0, offset - onset)),
    trial_type: kind,
    apex: seconds(apex),
    face,
    score: score.toFixed(3),
    action_units: facsCode(aus),
    category: emotion?.label ?? '',
    annotation: id,
  });

export const markerRow = ({ marker, t, code, trial = '', stimulus = '' }: Marker): BidsRow =>
  row(t, { duration: seconds(0), trial_type: 'marker', value: code, trial, stimulus, annotation: marker });

/** `*_events.tsv` in pieces, by onset. */
export function* bidsPieces(rows: BidsRow[]): Generator<string> {
  rows.sort((a, b) => a.onset - b.onset);
  yield BIDS_HEADER;
  for (let i = 0; i < rows.length; i += 256)
    yield rows
      .slice(i, i + 256)
      .map(({ line }) => line)
      .join('');
}

function row(onset: number, cells: Partial<Record<Exclude<BidsColumn, 'onset'>, string>>): BidsRow {
  const all: Partial<Record<BidsColumn, string>> = { onset: seconds(onset), ...cells };
  return { onset, line: `${COLUMNS.map((column) => cell(all[column] ?? '')).join('\t')}\n` };
}

const seconds = (t: number): string => t.toFixed(3);

/** One line without tabs; what is missing is `n/a`. */
function cell(value: string): string {
  const text = value.replace(/\s+/g, ' ').trim();
  return text === '' ? MISSING : text;
}
