import { describe, expect, it } from 'vitest';
import { MediaClock } from './media-clock.js';
import { Unwrapper } from './unwrapper.js';

describe('Unwrapper', () => {
  it('counts on over the wrap and back', () => {
    const unwrapper = new Unwrapper(16);
    expect([65_534, 65_535, 0, 65_533, 1].map((value) => unwrapper.unwrap(value))).toEqual([65_534, 65_535, 65_536, 65_533, 65_537]);
  });
});

describe('MediaClock', () => {
  it('starts at 0 and follows the timestamps over the 32-bit wrap', () => {
    const clock = new MediaClock();
    const start = 2 ** 32 - 4500;
    expect(clock.seconds(start, 1000)).toBe(0);
    expect(clock.seconds((start + 3000) % 2 ** 32, 1040)).toBeCloseTo(1 / 30, 9);
    expect(clock.seconds((start + 6000) % 2 ** 32, 1060)).toBeCloseTo(2 / 30, 9);
  });

  it('does not look at arrival while the clock runs on, even through a pause', () => {
    const clock = new MediaClock();
    clock.seconds(0, 0);
    expect(clock.seconds(90_000, 3000)).toBe(1);
    expect(clock.seconds(90_000 * 61, 62_000)).toBe(61);
  });

  it('bridges a new clock by arrival', () => {
    const clock = new MediaClock();
    clock.seconds(0, 0);
    clock.seconds(90_000, 1000);
    clock.restart();
    expect(clock.seconds(777_777, 1500)).toBeCloseTo(1.5, 6);
    expect(clock.seconds(777_777 + 3000, 1533)).toBeCloseTo(1.5 + 1 / 30, 6);
  });

  it('takes a leap of the timestamps for a new clock', () => {
    const clock = new MediaClock();
    clock.seconds(0, 0);
    expect(clock.seconds(90_000 * 3600, 40)).toBeCloseTo(0.04, 6);
  });
});
