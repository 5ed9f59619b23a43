import { endianness } from 'node:os';
import { SignalsError } from './signals-error.js';

/** A run of columns under one name: `{ name: 'eyes', size: 2 }` is two columns. */
export interface Column {
  readonly name: string;
  readonly size: number;
}

/** What the first line of a table says beside what its owner puts there. */
export interface TableHeader {
  readonly format: string;
  readonly version: number;
  readonly rows: number;
  readonly columns: readonly Column[];
}

/** Longest header that is looked for, bytes. */
const HEADER_MAX = 65_536;
const NEWLINE = 0x0a;

/** Columns of one row. */
export function widthOf(columns: readonly Column[]): number {
  return columns.reduce((sum, { size }) => sum + size, 0);
}

/**
 * A table of numbers as a file: one line of JSON, then the rows.
 *
 *     {"format":…,"version":1,"rows":N,"columns":[{"name":"t","size":1},…]}␠␠␠\n  float32 little-endian, N × width, row by row
 *
 * Blanks fill the line up so that the rows begin at a multiple of four bytes.
 */
export function encodeTable(header: TableHeader, values: Float32Array): Uint8Array<ArrayBuffer> {
  const width = widthOf(header.columns);
  if (values.length !== width * header.rows) {
    throw new SignalsError(
      `a table of ${String(header.rows)} rows of ${String(width)} columns needs ${String(width * header.rows)} values, not ${String(values.length)}`,
    );
  }
  const line = new TextEncoder().encode(JSON.stringify(header));
  const begin = Math.ceil((line.length + 1) / 4) * 4;
  if (begin > HEADER_MAX) throw new SignalsError(`the header takes ${String(begin)} bytes; at most ${String(HEADER_MAX)} are allowed`);
  const bytes = new Uint8Array(begin + 4 * values.length);
  bytes.fill(0x20, line.length, begin - 1);
  bytes.set(line);
  bytes[begin - 1] = NEWLINE;
  if (endianness() === 'LE') new Float32Array(bytes.buffer, begin).set(values);
  else {
    const view = new DataView(bytes.buffer, begin);
    values.forEach((value, i) => {
      view.setFloat32(4 * i, value, true);
    });
  }
  return bytes;
}

/**
 * Reads what {@link encodeTable} wrote. The header is returned as it stands: its owner checks the fields of its own.
 *
 * @param name said in errors, the file's path.
 * @throws {SignalsError} where it is no such table, of another format or version, or cut off.
 */
export function decodeTable(
  bytes: Uint8Array,
  format: string,
  version: number,
  name: string,
): { header: TableHeader & Readonly<Record<string, unknown>>; values: Float32Array } {
  const end = bytes.subarray(0, HEADER_MAX).indexOf(NEWLINE);
  const header = end < 0 ? undefined : parse(new TextDecoder().decode(bytes.subarray(0, end)));
  if (header?.['format'] !== format)
    throw new SignalsError(`${name} is not a ${format} file: its first line is not a header of that format`);
  if (header['version'] !== version)
    throw new SignalsError(
      `${name} has version ${String(header['version'])}, but version ${String(version)} is expected; delete the file, and it will be written again`,
    );
  if (!isHeader(header)) throw new SignalsError(`${name}: its header lacks rows or columns; delete the file, and it will be written again`);
  const count = header.rows * widthOf(header.columns);
  const begin = end + 1;
  if (bytes.length !== begin + 4 * count) {
    throw new SignalsError(
      `${name} has ${String(bytes.length - begin)} bytes of rows, but its header announces ${String(4 * count)}: the file is truncated; delete it, and it will be written again`,
    );
  }
  const values = new Float32Array(count);
  const view = new DataView(bytes.buffer, bytes.byteOffset + begin, 4 * count);
  for (let i = 0; i < count; i++) values[i] = view.getFloat32(4 * i, true);
  return { header, values };
}

function parse(line: string): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(line) as unknown;
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function isHeader(header: Record<string, unknown>): header is Record<string, unknown> & TableHeader {
  const { rows, columns } = header;
  return (
    typeof rows === 'number' &&
    Number.isInteger(rows) &&
    rows >= 0 &&
    Array.isArray(columns) &&
    columns.every(
      (column: unknown) =>
        typeof column === 'object' &&
        column !== null &&
        'name' in column &&
        'size' in column &&
        Number.isInteger(column.size) &&
        Number(column.size) > 0,
    )
  );
}
