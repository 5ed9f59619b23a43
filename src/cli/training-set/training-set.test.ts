import { expect, it } from 'vitest';
import type { CodedWindow, Coder } from '../../events/coding/mod.js';
import { splitPeople } from './split-people.js';
import { truthRows } from './truth-rows.js';

const window = (onset: number, rest: Partial<CodedWindow> = {}): CodedWindow => ({
  coder: 'c',
  file: 'a',
  onset,
  offset: onset + 0.4,
  kind: 'micro',
  aus: [],
  ...rest,
});

it('makes accepted and added windows the truth, and rejected alerts counterexamples', () => {
  const coder: Coder = {
    name: 'anna',
    windows: [window(5, { kind: 'expression', aus: ['1', 'L12'], apex: 5.1 }), window(9, { file: 'b' })],
    verdicts: new Map([['r-1', 'rejected']]),
  };
  const machine: Coder = { name: 'machine', windows: [window(1, { id: 'r-1', score: 1 }), window(5, { id: 'r-2', score: 1 })] };
  const rows = truthRows({ clip: 'a.mp4', person: 'p', fps: 30 }, 'a', coder, machine);
  expect(rows).toMatchObject([
    { clip: 'a.mp4', kind: 'other', onset: '1.000', aus: '' },
    { kind: 'micro', onset: '5.000', apex: '5.100', offset: '5.400', aus: '1+12', sides: 'B+L' },
  ]);
});

it('splits by person, the same way every time, with somebody in each', () => {
  const people = Array.from({ length: 10 }, (_, i) => `p${String(i)}`);
  const split = splitPeople([...people, ...people], 0.3);
  expect([...split.values()].filter((one) => one === 'val')).toHaveLength(3);
  expect(splitPeople(people.toReversed(), 0.3)).toEqual(split);
  expect(new Set(splitPeople(['a', 'b'], 0).values())).toEqual(new Set(['train', 'val']));
});
