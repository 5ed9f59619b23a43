import { expect, it } from 'vitest';
import { ParquetSeries } from './parquet-series.js';

it('writes row groups as they fill, and a whole file', () => {
  const series = new ParquetSeries();
  const pieces: Uint8Array[] = [];
  for (let index = 0; index < 20_000; index++) {
    series.add({ index, t: index / 30 });
    const piece = series.take();
    if (piece) pieces.push(piece);
  }
  expect(pieces).toHaveLength(2);
  const file = Buffer.concat([...pieces, series.end()]);
  expect(file.subarray(0, 4).toString()).toBe('PAR1');
  expect(file.subarray(-4).toString()).toBe('PAR1');
});
