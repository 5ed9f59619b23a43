import { describe, expect, it } from 'vitest';
import { CALM, judgeLoad, type LoadSample, type LoadState, type OverloadLimits } from './overload.js';

const limits: OverloadLimits = { lag: 100, wait: 500, cpu: 0.9, rise: 3000, fall: 10_000 };
const idle: LoadSample = { lag: 1, wait: 20, cpu: 0.2 };

/** Judges one sample a second from `at` on. */
function run(state: LoadState, samples: readonly LoadSample[], at = 0): LoadState {
  return samples.reduce((before, sample, i) => judgeLoad(before, sample, at + i * 1000, limits), state);
}
const times = (n: number, sample: Partial<LoadSample>): LoadSample[] => Array.from({ length: n }, () => ({ ...idle, ...sample }));

describe('judgeLoad', () => {
  it.each([
    ['event_loop_lag', { lag: 150 }],
    ['queue_wait', { wait: 800 }],
    ['cpu', { cpu: 0.97 }],
  ] as const)('refuses for %s once it lasted', (cause, sample) => {
    expect(run(CALM, times(3, sample)).refusing).toBeUndefined();
    expect(run(CALM, times(4, sample)).refusing).toBe(cause);
  });

  it('forgives a burst, and names the worst of several causes', () => {
    expect(run(CALM, [...times(3, { lag: 900 }), idle, ...times(3, { lag: 900 })]).refusing).toBeUndefined();
    expect(run(CALM, times(4, { lag: 110, wait: 2000, cpu: 0.95 })).refusing).toBe('queue_wait');
  });

  it('takes sessions again only after all has been well below the limits for long enough', () => {
    const refusing = run(CALM, times(4, { cpu: 0.95 }));
    expect(run(refusing, times(10, {})).refusing).toBe('cpu');
    expect(run(refusing, times(11, {}))).toEqual(CALM);
    // Just below its limit is not well below; and a relapse begins the wait anew.
    expect(run(refusing, times(60, { cpu: 0.8 })).refusing).toBe('cpu');
    expect(run(refusing, [...times(9, {}), ...times(1, { wait: 450 }), ...times(9, {})]).refusing).toBe('cpu');
  });

  it('does not flap while a load sways about its limit', () => {
    let state = CALM;
    let changes = 0;
    for (let second = 0; second < 600; second++) {
      const next = judgeLoad(state, { ...idle, cpu: 0.9 + 0.1 * Math.sin(second / 2) }, second * 1000, limits);
      if ((next.refusing === undefined) !== (state.refusing === undefined)) changes++;
      state = next;
    }
    expect(changes).toBeLessThanOrEqual(1);
  });
});
