import { describe, expect, it } from 'vitest';
import { FileClock } from './file-clock.js';

describe('FileClock', () => {
  it('starts at 0 and keeps a variable rate', () => {
    const clock = new FileClock({ nominal: 30 });
    expect([5, 5.04, 5.2].map((t, index) => Math.round(clock.seconds(t, index) * 1000))).toEqual([0, 40, 200]);
  });

  it('puts frames without, or with a stale, timestamp one interval later', () => {
    const clock = new FileClock({ nominal: 50 });
    expect([0, undefined, 0.01, 0.1].map((t, index) => Math.round(clock.seconds(t, index) * 1000))).toEqual([0, 20, 40, 100]);
  });

  it('goes by the given rate alone', () => {
    const clock = new FileClock({ fps: 200, nominal: 30 });
    expect([0, 1, 2].map((t, index) => clock.seconds(t, index))).toEqual([0, 0.005, 0.01]);
  });
});
