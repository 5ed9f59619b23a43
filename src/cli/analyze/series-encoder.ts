import { seriesCsvRow, SERIES_CSV_HEADER, type SeriesRow } from '../../pipeline/mod.js';
import { ParquetSeries } from './parquet-series.js';

/** Turns rows into the bytes of a file, a piece at a time. */
export interface SeriesEncoder {
  add(row: SeriesRow): void;
  /** What is worth writing so far; undefined where it is too little. */
  take(): Uint8Array | string | undefined;
  /** The rest of the file. */
  end(): Uint8Array | string;
}

export const SERIES_FORMATS = ['csv', 'parquet'] as const;
export type SeriesFormat = (typeof SERIES_FORMATS)[number];

export function seriesEncoder(format: SeriesFormat): SeriesEncoder {
  return format === 'parquet' ? new ParquetSeries() : new CsvSeries();
}

/** Characters that are written at once. */
const CHUNK = 65_536;

class CsvSeries implements SeriesEncoder {
  #text = SERIES_CSV_HEADER;

  add(row: SeriesRow): void {
    this.#text += seriesCsvRow(row);
  }

  take(): string | undefined {
    return this.#text.length >= CHUNK ? this.end() : undefined;
  }

  end(): string {
    const text = this.#text;
    this.#text = '';
    return text;
  }
}
