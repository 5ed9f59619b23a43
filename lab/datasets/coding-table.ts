import { parse } from 'csv-parse/sync';
import readSheets from 'read-excel-file/node';
import { DatasetError } from './dataset-error.js';
import { readText } from './text-file.js';

/** A row of a coding table: cells by the lower-case heading of their column, trimmed; empty cells are empty strings. */
export type CodingRow = Readonly<Record<string, string>>;

/** How a table is read. */
export interface TableOptions {
  /** Columns that must be there, each under any of these headings; rows have the first. Lower case. */
  readonly columns: readonly (readonly string[])[];
  /** Columns that may be there, in the same way. */
  readonly optional?: readonly (readonly string[])[];
  /** Rows above the headings are passed over until one has all columns, for so many rows. Default 20. */
  readonly headingWithin?: number;
}

/** All sheets of a table, as text: `.csv` is one sheet. @throws {DatasetError} where the file can't be read */
export async function readSheetsOf(path: string): Promise<{ readonly sheet: string; readonly rows: readonly (readonly string[])[] }[]> {
  try {
    if (path.toLowerCase().endsWith('.csv')) {
      return [{ sheet: '', rows: parseCsv(await readText(path)) }];
    }
    return (await readSheets(path)).map(({ sheet, data }) => ({ sheet, rows: data.map((row) => row.map(textOf)) }));
  } catch (cause) {
    throw new DatasetError(
      'dataset_invalid',
      `${path} can't be read as a table (${cause instanceof Error ? cause.message : String(cause)}); it must be .xlsx or .csv: save an .xls file as one of them`,
      { cause },
    );
  }
}

/** Rows of a text with commas, or with the semicolons or tabs that spreadsheets write where the comma is the decimal sign. */
function parseCsv(text: string): string[][] {
  const count = (sign: string): number => text.slice(0, 10_000).split(sign).length;
  const delimiter = [';', '\t'].reduce((best, sign) => (count(sign) > count(best) ? sign : best), ',');
  const rows: string[][] = parse(text, { delimiter, bom: true, relaxColumnCount: true, skipEmptyLines: true, trim: true });
  return delimiter === ',' ? rows : rows.map((row) => row.map((cell) => (/^[+-]?\d+,\d+$/.test(cell) ? cell.replace(',', '.') : cell)));
}

/** The rows of the first sheet that has the columns. @throws {DatasetError} naming the columns that no sheet has */
export async function readTable(path: string, options: TableOptions): Promise<CodingRow[]> {
  const sheets = await readSheetsOf(path);
  for (const { rows } of sheets) {
    const found = rowsOf(rows, options);
    if (found) return found;
  }
  throw new DatasetError(
    'dataset_invalid',
    `${path} has no heading row with ${options.columns.map((names) => names.join(' or ')).join(', ')}: is it the data set's own coding table?`,
  );
}

/** Rows under the headings of one sheet, or undefined where it does not have them. */
function rowsOf(
  rows: readonly (readonly string[])[],
  { columns, optional = [], headingWithin = 20 }: TableOptions,
): CodingRow[] | undefined {
  const wanted = [...columns.map((names) => ({ names, needed: true })), ...optional.map((names) => ({ names, needed: false }))];
  for (let head = 0; head < Math.min(rows.length, headingWithin); head++) {
    const cells = (rows[head] ?? []).map((cell) => cell.toLowerCase().replaceAll(/\s+/g, ' ').replace(/'$/, ''));
    const places = wanted.map(({ names, needed }) => ({
      name: names[0] ?? '',
      needed,
      at: cells.findIndex((cell) => names.includes(cell)),
    }));
    if (places.some(({ needed, at }) => needed && at < 0)) continue;
    return rows
      .slice(head + 1)
      .filter((row) => row.some((cell) => cell !== ''))
      .map((row) => Object.fromEntries(places.map(({ name, at }) => [name, (row[at] ?? '').replace(/'$/, '')])));
  }
  return undefined;
}

/** A cell that must be a number. @throws {DatasetError} */
export function numberIn(row: CodingRow, column: string, path: string): number {
  const value = Number(row[column] === '' ? NaN : row[column]);
  if (!Number.isFinite(value))
    throw new DatasetError(
      'dataset_invalid',
      `${path}: "${row[column] ?? ''}" under "${column}" is not a number (row ${JSON.stringify(Object.values(row).slice(0, 4))})`,
    );
  return value;
}

/** A number, or undefined where the coders wrote none (`/`, blank, `-`, `n/a`). */
export function numberOr(row: CodingRow, column: string): number | undefined {
  const text = row[column] ?? '';
  const value = Number(text === '' ? NaN : text);
  return Number.isFinite(value) ? value : undefined;
}

function textOf(cell: unknown): string {
  if (cell === null || cell === undefined) return '';
  if (cell instanceof Date) return cell.toISOString().slice(0, 10);
  return (typeof cell === 'string' ? cell : typeof cell === 'number' || typeof cell === 'boolean' ? String(cell) : '').trim();
}
