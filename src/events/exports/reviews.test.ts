import { expect, it } from 'vitest';
import { anAnnotation } from '../../../tests/support/an-annotation.js';
import { readCoding } from '../coding/mod.js';
import type { Review } from '../review-schema.js';
import { streamAnnotations, type ExportFormat } from './mod.js';

const { id, face, kind, onset, apex } = anAnnotation('s1-1');
const entry = (coder: string, rest: Partial<Review> = {}): Review => ({
  coder,
  entry: id,
  annotation: id,
  face,
  kind,
  onset,
  apex,
  offset: 1.3,
  aus: [{ au: 'AU12', side: 'left' }],
  category: null,
  verdict: 'accepted',
  note: '=a, note',
  updated: '2026-01-01T00:00:00Z',
  ...rest,
});
const reviews = [
  entry('anna'),
  entry('anna', { entry: 'own-1', annotation: null, verdict: 'added', onset: 5, apex: 5.2, offset: 5.4 }),
  entry('ben', { verdict: 'rejected' }),
];

async function exported(format: ExportFormat): Promise<string> {
  async function* once<T>(page: readonly T[]): AsyncGenerator<readonly T[]> {
    yield page;
  }
  let text = '';
  for await (const piece of streamAnnotations(format, once([anAnnotation(id)]), { name: 'Desk' }, { reviews: once(reviews) }))
    text += piece;
  return text;
}

it('gives each coder tiers of ELAN, rejected alerts on tiers of their own', async () => {
  const eaf = await exported('eaf');
  const tiers = [...eaf.matchAll(/TIER_ID="([^"]+)"/g)].map(([, name]) => name);
  expect(tiers).toEqual(expect.arrayContaining(['f1 micro', 'anna_f1 micro', 'anna_f1 micro AUs', 'ben_f1 micro rejected']));
  expect(tiers).not.toContain('anna_f1 micro score');
  expect(readCoding(eaf, 'desk.eaf').windows.map(({ coder }) => coder)).toEqual(expect.arrayContaining(['anna']));
  expect(new Set(tiers).size).toBe(tiers.length);
});

it('gives each coder rows of CSV, from which agreement is computed without what was rejected', async () => {
  const csv = await exported('csv');
  expect(csv).toContain(`,anna,added,,"'=a, note",2026-01-01T00:00:00Z\r\n`);
  const { coders, windows } = readCoding(csv, 'desk.csv');
  expect(coders).toEqual(['machine', 'anna', 'ben']);
  expect(windows.map(({ coder, onset }) => [coder, onset])).toEqual([
    ['machine', 1],
    ['anna', 1],
    ['anna', 5],
  ]);
});

it('writes annotations, then reviews, as JSON lines', async () => {
  const lines = (await exported('jsonl')).trim().split('\n');
  expect(lines.map((line) => (JSON.parse(line) as { coder?: string }).coder)).toEqual([undefined, 'anna', 'anna', 'ben']);
});
