import { expect, it } from 'vitest';
import type { CodedWindow, Coder } from '../../events/coding/mod.js';
import { judgedAlerts } from './judged-alerts.js';

const window = (file: string, onset: number, rest: Partial<CodedWindow> = {}): CodedWindow => ({
  coder: 'c',
  file,
  onset,
  offset: onset + 0.4,
  kind: 'micro',
  aus: [],
  ...rest,
});
const machine: Coder = {
  name: 'machine',
  windows: [
    window('a', 1, { id: 'r-1', score: 0.9 }),
    window('a', 5, { id: 'r-2', score: 0.4 }),
    window('b', 1, { id: 'r-3', score: 0.8 }),
  ],
};

it('takes verdicts where there are any, and leaves out what nobody judged', () => {
  const anna: Coder = {
    name: 'anna',
    windows: [],
    verdicts: new Map([
      ['r-1', 'accepted'],
      ['r-2', 'rejected'],
    ]),
  };
  expect(judgedAlerts([machine, anna])).toEqual({
    coders: ['anna'],
    judged: [
      { score: 0.9, right: true },
      { score: 0.4, right: false },
    ],
  });
});

it('else holds alerts against the windows of a coder, in the recordings that they coded', () => {
  const ben: Coder = { name: 'ben', windows: [window('a', 1.05)] };
  expect(judgedAlerts([ben, machine]).judged).toEqual([
    { score: 0.9, right: true },
    { score: 0.4, right: false },
  ]);
});

it('says what is missing', () => {
  expect(() => judgedAlerts([{ name: 'ben', windows: [window('a', 1)] }])).toThrow('scores of the machine');
  expect(() => judgedAlerts([machine])).toThrow('needs the coding of a person');
  expect(() => judgedAlerts([machine, { ...machine, name: 'other' }])).toThrow('both have scores');
});
