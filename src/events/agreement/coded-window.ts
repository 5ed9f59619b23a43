import { parse } from 'csv-parse/sync';
import { z } from 'zod';

/** A window as a person or a program coded it. */
export interface CodedWindow {
  /** Recording; empty where the table is of one. */
  readonly file: string;
  /** Seconds. */
  readonly onset: number;
  readonly offset: number;
  /** `micro`, `macro`, or whatever the coder calls it. */
  readonly kind: string;
  /** Action units by number and side as coded: `12`, `L12`. */
  readonly aus: readonly string[];
}

/** A table is not readable; the message names the row and the fix. */
export class CodingError extends Error {
  override readonly name = 'CodingError';
}

/** Columns by the names that `analyze` and BORIS (aggregated events) give them. */
const COLUMNS = {
  file: ['file', 'Media file name', 'Media file', 'Observation id'],
  onset: ['onset', 'Start (s)'],
  offset: ['offset', 'Stop (s)'],
  apex: ['apex'],
  kind: ['kind', 'Behavior'],
  aus: ['aus'],
} as const;

const seconds = z.coerce.number().min(0);
const tableSchema = z.array(z.record(z.string(), z.string()));

/** Reads the windows of a CSV table. A window without an offset ends at its apex. @throws {CodingError} */
export function readCodedWindows(text: string, name: string): CodedWindow[] {
  let rows: z.infer<typeof tableSchema>;
  try {
    rows = tableSchema.parse(parse(text, { bom: true, columns: true, skip_empty_lines: true, trim: true }));
  } catch (cause) {
    throw new CodingError(`${name} is not a CSV table with a header: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
  return rows.map((row, i) => {
    const cell = (column: keyof typeof COLUMNS): string => COLUMNS[column].map((title) => row[title]).find(Boolean) ?? '';
    const onset = seconds.safeParse(cell('onset') || undefined);
    const offset = seconds.safeParse(cell('offset') || cell('apex') || undefined);
    if (!onset.success || !offset.success || offset.data < onset.data)
      throw new CodingError(`${name}, row ${i + 2}: needs an onset and, not before it, an offset, both in seconds`);
    return {
      file: cell('file'),
      onset: onset.data,
      offset: offset.data,
      kind: cell('kind') || 'expression',
      aus: cell('aus')
        .split(/[+\s,;]+/)
        .filter(Boolean)
        .map((au) => au.replace(/^'/, '').replace(/AU/i, '')),
    };
  });
}
