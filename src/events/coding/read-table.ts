import { parse } from 'csv-parse/sync';
import { z } from 'zod';
import { NO_KIND } from './assemble.js';
import { isBoris, readBoris } from './read-boris.js';
import { CodingError, MACHINE, recordingName, type CodedWindow, type Coding } from './coded-window.js';
import { unitsOf } from './label.js';
import { bidsRows, isBids } from './read-bids.js';
import type { Row } from './row.js';

const seconds = z.coerce.number().min(0);
/** A header stands within so many lines. */
const HEADER_LINES = 100;
const tableSchema = z.array(z.record(z.string(), z.string()));

/**
 * Reads the windows of a table separated by commas, semicolons or tabs: those of `analyze`, tables with its columns, events of BIDS, and
 * both exports of BORIS. A window without an offset ends at its apex. Of a table with a column `coder` (the export of a reviewed session), rows without one
 * are the machine's, and those that a coder rejected are left out. @throws {CodingError}
 */
export function readTable(text: string, name: string): Coding {
  const read = rowsOf(text, name);
  const rows = read[0] && isBids(read[0]) ? bidsRows(read) : read;
  if (rows[0] && isBoris(rows[0])) return { coders: [name], windows: readBoris(rows, name) };
  const nobody = rows.some((row) => row['coder'] !== undefined) ? MACHINE : name;
  const windows = rows.map((row, i) => windowOf(row, i + 2, name, nobody));
  return {
    coders: rows.length === 0 ? [name] : [...new Set(windows.map(({ coder }) => coder))],
    windows: windows.filter((_, i) => rows[i]?.['verdict'] !== 'rejected'),
    verdicts: rows.flatMap(({ verdict, annotation }, i) => {
      const coder = windows[i]?.coder;
      return coder !== undefined && annotation && (verdict === 'accepted' || verdict === 'rejected')
        ? [{ coder, annotation, verdict }]
        : [];
    }),
  };
}

function rowsOf(text: string, name: string): Row[] {
  // BORIS before version 8 writes a description of the observation above the header.
  const lines = text.split(/\r?\n/);
  const header = Math.max(
    0,
    lines.slice(0, HEADER_LINES).findIndex((line) => /(^|[\t,;])Behavior([\t,;]|$)/.test(line)),
  );
  const body = lines.slice(header).join('\n');
  const delimiter = ['\t', ';', ','].find((one) => (lines[header] ?? '').includes(one)) ?? ',';
  try {
    return tableSchema.parse(
      parse(body, { bom: true, columns: true, delimiter, skip_empty_lines: true, trim: true, relax_column_count_less: true }),
    );
  } catch (cause) {
    throw new CodingError(`${name} is not a CSV table with a header: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

function windowOf(row: Row, line: number, name: string, nobody: string): CodedWindow {
  const cell = (...titles: readonly string[]): string => titles.map((title) => row[title]).find(Boolean) ?? '';
  const onset = seconds.safeParse(cell('onset') || undefined);
  const apex = seconds.safeParse(cell('apex') || undefined);
  const offset = seconds.safeParse(cell('offset', 'apex') || undefined);
  if (!onset.success || !offset.success || offset.data < onset.data)
    throw new CodingError(`${name}, row ${line}: needs an onset and, not before it, an offset, both in seconds`);
  // Times of `analyze` begin with the first frame; coders' times are those of the player.
  const start = seconds.catch(0).parse(cell('file_start'));
  const score = cell('score') === '' ? undefined : Number(cell('score'));
  return {
    coder: cell('coder') || nobody,
    ...(row['score'] ? { id: row['id'] } : {}),
    file: recordingName(cell('file')),
    onset: start + onset.data,
    ...(apex.success ? { apex: start + apex.data } : {}),
    offset: start + offset.data,
    kind: cell('kind') || NO_KIND,
    aus: unitsOf(cell('aus')),
    category: cell('category', 'emotion') || undefined,
    score: Number.isFinite(score) ? score : undefined,
  };
}
