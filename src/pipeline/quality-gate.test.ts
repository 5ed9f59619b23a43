import { expect, it } from 'vitest';
import type { QualityFault } from '../face/contract.js';
import { QualityGate } from './quality-gate.js';

function lost(fps: number, seconds: number, faults: (t: number) => QualityFault[] = () => []): Record<string, number> {
  const watch = new QualityGate();
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

it('names a picture rate that is too low beside the faults of the face, and no more once it has risen', () => {
  const watch = new QualityGate();
  for (let k = 0; k < 30; k++) watch.see('f1', k / 10, []);
  expect(watch.blockReasons('f1', ['turned'])).toEqual(['turned', 'few_frames']);
  for (let k = 1; k < 60; k++) watch.see('f1', 2.9 + k / 30, []);
  expect(watch.blockReasons('f1', [])).toEqual([]);
  // One pause does not make a low rate; a frame a second does.
  watch.see('f1', 9, []);
  expect(watch.blockReasons('f1', [])).toEqual([]);
  for (let k = 0; k < 5; k++) watch.see('f1', 10 + k, []);
  expect(watch.blockReasons('f1', [])).toEqual(['few_frames']);
});

it('does not count a pause, nor another appearance of a face', () => {
  const watch = new QualityGate();
  watch.see('f1', 0, ['turned']);
  expect(watch.see('f1', 5, ['turned'])).toBeUndefined();
  watch.lose('f1');
  expect(watch.see('f1', 5.03, ['turned'])).toBeUndefined();
  expect(watch.see('f1', 5.06, ['turned'])).toMatchObject({ fault: 'turned' });
});
