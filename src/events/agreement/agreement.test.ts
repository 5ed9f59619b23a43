import { expect, it } from 'vitest';
import { readCoding, type CodedWindow } from '../coding/mod.js';
import { compareCoders } from './compare-coders.js';
import { cohensKappa } from './kappa.js';

it("is Cohen's kappa", () => {
  // The example of the literature: two readers, 50 grant proposals.
  expect(
    cohensKappa([
      [20, 5],
      [10, 15],
    ]),
  ).toBeCloseTo(0.4, 10);
  expect(
    cohensKappa([
      [5, 0],
      [0, 5],
    ]),
  ).toBe(1);
  expect(cohensKappa([[3]])).toBeNaN();
});

const readCodedWindows = (text: string, name: string): readonly CodedWindow[] => readCoding(text, name).windows;
const table = (...rows: string[]): string => ['file,onset,apex,offset,kind,aus', ...rows].join('\n');

it('matches windows one to one from an overlap of half, within a recording', () => {
  const first = readCodedWindows(table('a,1,1.1,1.4,micro,1+2', 'a,5,5.2,5.4,micro,12', 'b,9,9.5,11,macro,L12'), 'a.csv');
  const second = readCodedWindows(
    table('a,1.1,1.2,1.4,micro,1', 'a,1.05,1.1,1.4,micro,1+2', 'b,5,5.2,5.4,micro,12', 'b,9,9.4,11,macro,L12'),
    'b.csv',
  );
  const { windows, f1, units, kappaOfKinds } = compareCoders(first, second);
  expect(windows).toEqual({ first: 3, second: 4, both: 2 });
  expect(f1).toBeCloseTo(4 / 7, 10);
  expect(units).toMatchObject({ 1: { both: 1, first: 0, second: 0, kappa: 1 }, L12: { both: 1 } });
  expect(kappaOfKinds).toBe(1);
});

it('counts agreement about nothing over the time that was coded', () => {
  const first = readCodedWindows(table('a,1,,2,micro,'), 'a.csv');
  const second = readCodedWindows(table('a,1.5,,2.5,micro,'), 'b.csv');
  expect(compareCoders(first, second).windows.both).toBe(0);
  // Half of each window is common; over ten seconds: 0.05 both, 0.05 each alone, 0.85 neither.
  const expected = 0.1 * 0.1 + 0.9 * 0.9;
  expect(compareCoders(first, second, 10).kappaOfTime).toBeCloseTo((0.9 - expected) / (1 - expected), 1);
});
