import { expect, it } from 'vitest';
import type { CodedWindow } from '../coding/mod.js';
import { timeSaved } from './time-saved.js';

const window = (onset: number, score?: number, file = 'a'): CodedWindow => ({
  coder: 'c',
  file,
  onset,
  offset: onset + 0.5,
  kind: 'micro',
  aus: [],
  score,
});
const coder = [window(10), window(20), window(30, undefined, 'b')];
const options = { recall: 0.6, duration: 100, context: 1 };

it('lowers the threshold until enough is shown, and counts overlaps once', () => {
  const program = [window(10, 0.9), window(11, 0.8), window(30, 0.7, 'b'), window(50, 0.1)];
  const saved = timeSaved(coder, program, options);
  // 9 to 12.5 s of one recording and 29 to 31.5 s of the other, of 200 s.
  expect(saved).toMatchObject({ threshold: 0.7, shown: 3, recall: 2 / 3 });
  expect(saved?.seconds).toBeCloseTo(6, 10);
  expect(saved?.saved).toBeCloseTo(1 - 6 / 200, 10);
});

it('says so where no threshold reaches the recall', () => {
  expect(timeSaved(coder, [window(10, 0.9)], options)).toBeUndefined();
});
