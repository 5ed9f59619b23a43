import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { SERIES_COLUMNS, seriesCells, type SeriesColumn, type SeriesRow } from '../../pipeline/mod.js';
import type { SeriesEncoder } from './series-encoder.js';

/** Rows of a row group: a few minutes of a face, a few megabytes while they are collected. */
const ROWS_A_GROUP = 8192;

type Value = number | string | null;

const TYPES = {
  integer: { type: 'INT32' },
  number: { type: 'DOUBLE' },
  text: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
} as const;

/** The per-frame series as Parquet: the values of the CSV, typed; empty cells are null. */
export class ParquetSeries implements SeriesEncoder {
  readonly #bytes = new ByteWriter();
  readonly #writer = new ParquetWriter({
    writer: this.#bytes,
    schema: [
      { name: 'series', num_children: SERIES_COLUMNS.length },
      ...SERIES_COLUMNS.map(({ name, type }) => ({ name, repetition_type: 'OPTIONAL' as const, ...TYPES[type] })),
    ],
  });
  #columns: Value[][] = SERIES_COLUMNS.map(() => []);

  add(row: SeriesRow): void {
    seriesCells(row).forEach((cell, i) => {
      this.#columns[i]?.push(valueOf(cell, SERIES_COLUMNS[i]));
    });
  }

  take(): Uint8Array | undefined {
    if ((this.#columns[0]?.length ?? 0) < ROWS_A_GROUP) return undefined;
    this.#write();
    return this.#drain();
  }

  end(): Uint8Array {
    this.#write();
    void this.#writer.finish();
    return this.#drain();
  }

  #write(): void {
    // Resolved already: bytes go to memory.
    void this.#writer.write({
      columnData: SERIES_COLUMNS.map(({ name }, i) => ({ name, data: this.#columns[i] ?? [] })),
      rowGroupSize: ROWS_A_GROUP,
    });
    this.#columns = SERIES_COLUMNS.map(() => []);
  }

  /** Takes the bytes out of the buffer; its offset in the file goes on. */
  #drain(): Uint8Array {
    const bytes = this.#bytes.getBytes().slice();
    this.#bytes.index = 0;
    return bytes;
  }
}

function valueOf(cell: string, column: SeriesColumn | undefined): Value {
  if (cell === '') return null;
  return column?.type === 'text' ? cell : Number(cell);
}
