import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';

/** The per-frame series of the sample, as `analyze --series` writes it and pandas reads it. */

const python = fileURLToPath(new URL('../../.cache/venv/bin/python', import.meta.url));
const reader = fileURLToPath(new URL('./read_series.py', import.meta.url));
const hasPandas = existsSync(python) && spawnSync(python, ['-c', 'import pandas'], { stdio: 'ignore' }).status === 0;
if (!hasPandas) console.warn('pandas is not in .cache/venv (pip install -r tests/annotations/requirements.txt): not tested');

const bin = fileURLToPath(new URL('../../bin/mellm-live.js', import.meta.url));
const sample = fileURLToPath(new URL('../../client/public/sample/sample.webm', import.meta.url));
const parquetReader = fileURLToPath(new URL('./read_parquet.py', import.meta.url));
const hasArrow = hasPandas && spawnSync(python, ['-c', 'import pyarrow'], { stdio: 'ignore' }).status === 0;
if (!hasArrow) console.warn('pyarrow is not in .cache/venv (pip install -r tests/annotations/requirements.txt): Parquet is not tested');

let folder = '';
let series = '';
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mellm-series-'));
  series = join(folder, 'sample.series.csv');
  const env = { ...process.env, MELLM_SKIP_BOOTSTRAP: '1' };
  await promisify(execFile)(process.execPath, [bin, 'analyze', sample, '--out', join(folder, 'a.csv'), '--series', series], { env });
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

it('has a row for every frame, and nothing is left beside it', () => {
  const lines = readFileSync(series, 'utf8').trimEnd().split('\n');
  expect(lines.slice(1).map((line) => Number(line.split(',')[0]))).toEqual(Array.from({ length: 420 }, (_, i) => i + 1));
  expect(readdirSync(folder).sort()).toEqual(['a.csv', 'a.csv.meta.json', 'sample.series.csv']);
});

it('refuses a file that is also the result', async () => {
  const result = spawnSync(process.execPath, [bin, 'analyze', sample, '--out', series, '--series', series], {
    encoding: 'utf8',
    env: { ...process.env, MELLM_SKIP_BOOTSTRAP: '1' },
  });
  expect(result).toMatchObject({ status: 2, stderr: expect.stringContaining('name the same file') });
});

it.skipIf(!hasPandas)('is a table of numbers to pandas, in which the alerts stand out', () => {
  const read = JSON.parse(execFileSync(python, [reader, series], { encoding: 'utf8' })) as Record<string, unknown>;
  expect(read).toMatchObject({
    rows: 420,
    integers: ['frame', 'face_id', 'success', 'reference'],
    text: ['face'],
    units: ['AU01_r', 'AU02_r', 'AU04_r', 'AU12_r', 'AU25_r', 'AU26_r', 'AU45_r'],
    step: expect.closeTo(1 / 30, 2),
  });
  const [least = -1, most = -1] = read['intensities'] as number[];
  expect(least).toBeGreaterThanOrEqual(0);
  expect(most).toBeLessThanOrEqual(5);
  expect(read['peaks']).toBeGreaterThan(3);
});

it.skipIf(!hasArrow)('is the same table as Parquet', async () => {
  const parquet = join(folder, 'sample.series.parquet');
  // The series knows nothing of flow and text.
  const env = { ...process.env, MELLM_SKIP_BOOTSTRAP: '1', MELLM_FLOW_ENABLED: 'false' };
  await promisify(execFile)(process.execPath, [bin, 'analyze', sample, '--out', join(folder, 'b.csv'), '--series', parquet], { env });
  const read = JSON.parse(execFileSync(python, [parquetReader, parquet, series], { encoding: 'utf8' })) as unknown;
  expect(read).toEqual({ rows: 420, integers: ['frame', 'face_id', 'success'] });
});
