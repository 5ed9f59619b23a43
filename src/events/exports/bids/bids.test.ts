import { expect, it } from 'vitest';
import { anAnnotation } from '../../../../tests/support/an-annotation.js';
import type { Annotation, Marker } from '../../schema.js';
import { exportAnnotations, streamAnnotations } from '../mod.js';
import { BIDS_COLUMNS } from './columns.js';

const ANNOTATIONS: readonly Annotation[] = [
  anAnnotation('s1-2', { onset: 4, apex: 4.2, offset: null, emotion: null }),
  anAnnotation('s1-1', {
    onset: 1.5,
    apex: 1.6,
    offset: 1.75,
    kind: 'micro',
    aus: [
      { au: 'AU1', side: 'both', confidence: 1 },
      { au: 'AU12', side: 'left', confidence: 1 },
    ],
  }),
  anAnnotation('s1-3', { withdrawn: 'blink' }),
];
const MARKERS: readonly Marker[] = [{ marker: 's1:m1', session: 's1', t: 1, code: 'stimulus\ton\nset', trial: '12' }];

async function exported(): Promise<string> {
  async function* pages() {
    yield await Promise.resolve(ANNOTATIONS);
  }
  let text = '';
  for await (const piece of streamAnnotations('bids', pages(), undefined, { markers: MARKERS })) text += piece;
  return text;
}

/** What BIDS (specification 1.10, "Tabular files" and "Task events") demands of `*_events.tsv` and `*_events.json`. */
function faults(tsv: string, columns: Readonly<Record<string, { readonly Description?: string; readonly Levels?: object }>>): string[] {
  const found: string[] = [];
  const say = (ok: boolean, fault: string): void => {
    if (!ok) found.push(fault);
  };
  say(tsv.endsWith('\n') && !tsv.includes('\r') && !tsv.startsWith('\ufeff'), 'lines end in a line feed, without a byte order mark');
  const [header = [], ...rows] = tsv
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'));
  say(header[0] === 'onset' && header[1] === 'duration', 'onset and duration come first');
  say(new Set(header).size === header.length, 'column names differ');
  for (const name of header) {
    say(/^[a-z][a-z0-9_]*$/.test(name), `${name} is in snake case`);
    say((columns[name]?.Description ?? '') !== '', `${name} is described`);
  }
  let last = -Infinity;
  for (const row of rows) {
    say(row.length === header.length, 'every row has every column');
    say(
      row.every((cell) => cell !== '' && cell === cell.trim()),
      'what is missing is n/a',
    );
    say(Number.isFinite(Number(row[0])), 'onset is a number');
    say(row[1] === 'n/a' || Number(row[1]) >= 0, 'duration is a number from 0, or n/a');
    say(Number(row[0]) >= last, 'rows are ordered by onset');
    last = Number(row[0]);
    const levels = columns['trial_type']?.Levels ?? {};
    say(Object.hasOwn(levels, row[header.indexOf('trial_type')] ?? ''), 'trial_type is one of its levels');
  }
  return found;
}

it('writes events.tsv by the rules of BIDS, with markers and a description of every column', async () => {
  const tsv = await exported();
  expect(faults(tsv, BIDS_COLUMNS)).toEqual([]);
  expect(faults(tsv.replace('n/a', ''), BIDS_COLUMNS)).not.toEqual([]);
  expect(faults(tsv.replace('onset\tduration', 'duration\tonset'), BIDS_COLUMNS)).not.toEqual([]);
  const [, first = '', second = '', third = ''] = tsv.split('\n');
  expect(first.split('\t').slice(0, 5)).toEqual(['1.000', '0.000', 'marker', 'stimulus on set', '12']);
  expect(second).toMatch(/^1\.500\t0\.250\tmicro\tn\/a\tn\/a\tn\/a\t1\.600\t/);
  expect(second).toContain('\t1+L12\t');
  expect(third).toMatch(/^4\.000\tn\/a\t/);
  expect(tsv.split('\n')).toHaveLength(5);
});

it('writes recordings the same way', () => {
  expect(faults(exportAnnotations('bids', ANNOTATIONS), BIDS_COLUMNS)).toEqual([]);
});
