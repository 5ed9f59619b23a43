import type { Review } from '../review-schema.js';
import type { Annotation } from '../schema.js';
import { cellsOf, CSV_COLUMNS, csvCells, facsCode, line, seconds, unitCode } from './csv.js';
import type { EafSource } from './eaf.js';
import { plainText } from './plain-text.js';
import type { Recording } from './recording.js';

/** Columns that coders' entries add; they are empty for what the machine found. */
const REVIEW_COLUMNS = ['coder', 'verdict', 'annotation', 'note', 'updated'] as const;

export const REVIEWED_HEADER = line([...CSV_COLUMNS, ...REVIEW_COLUMNS]);

/** An annotation in a table that holds reviews too. */
export function reviewedRow(annotation: Annotation, recording?: Recording): string {
  return line([...csvCells(annotation, recording), ...REVIEW_COLUMNS.map(() => '')]);
}

export function reviewRow(review: Review, recording?: Recording): string {
  const { coder, entry, annotation, face, kind, onset, apex, offset, aus, category, verdict, note, updated } = review;
  const cells = cellsOf({
    id: entry,
    face,
    kind,
    onset: seconds(onset),
    apex: seconds(apex),
    offset: seconds(offset),
    aus: facsCode(aus),
    emotion: category ?? '',
    file: recording?.name ?? '',
    file_start: seconds(recording?.start ?? 0),
  });
  return line([...cells, coder, verdict, annotation ?? '', plainText(note), updated]);
}

export function reviewSource({ coder, face, kind, onset, apex, offset, aus, category, verdict, note }: Review): EafSource {
  return {
    face,
    kind,
    onset,
    apex,
    offset,
    units: [...new Set(aus.map(unitCode))],
    score: '',
    category: category ?? '',
    text: plainText(note),
    coder,
    rejected: verdict === 'rejected',
  };
}
