import { expect, it } from 'vitest';
import type { QualityFault } from '../face/aligned-face.js';
import { Unspottable } from './unspottable.js';

function lost(fps: number, seconds: number, faults: (t: number) => QualityFault[] = () => []): Record<string, number> {
  const watch = new Unspottable();
  const sums: Record<string, number> = {};
  for (let k = 0; k <= fps * seconds; k++) {
    const found = watch.see('f1', k / fps, faults(k / fps));
    if (found) sums[found.fault] = (sums[found.fault] ?? 0) + found.seconds;
  }
  return sums;
}

it('counts nothing of a good face at 24 fps and more', () => {
  expect(lost(24, 10)).toEqual({});
  expect(lost(30, 10)).toEqual({});
});

it('counts the time of the worst fault', () => {
  const sums = lost(30, 10, (t) => (t > 4 && t <= 6 ? ['too_dark', 'turned'] : []));
  expect(Object.keys(sums)).toEqual(['too_dark']);
  expect(sums['too_dark']).toBeCloseTo(2, 1);
});

it('counts a picture rate that is too low', () => {
  expect(lost(12, 10)['few_frames']).toBeCloseTo(10, 1);
});

it('does not count a pause, nor another appearance of a face', () => {
  const watch = new Unspottable();
  watch.see('f1', 0, ['turned']);
  expect(watch.see('f1', 5, ['turned'])).toBeUndefined();
  watch.lose('f1');
  expect(watch.see('f1', 5.03, ['turned'])).toBeUndefined();
  expect(watch.see('f1', 5.06, ['turned'])).toMatchObject({ fault: 'turned' });
});
