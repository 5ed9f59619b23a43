import { expect, it } from 'vitest';
import { SignalTrace } from './signal-trace.js';

const times = (trace: SignalTrace, since = 0): number[] => {
  const all: number[] = [];
  trace.forEachSince(since, (t) => {
    all.push(t);
  });
  return all;
};

it('keeps the newest samples, in order', () => {
  const trace = new SignalTrace(4);
  expect(trace.end).toBe(-Infinity);
  trace.push([1, 2, 3], [0.1, 0.2, 0.3], 0.5);
  trace.push([4, 5, 6], [0.4, 0.5, 0.6], 0.7);
  expect(times(trace)).toEqual([3, 4, 5, 6]);
  expect(times(trace, 4.5)).toEqual([5, 6]);
  expect(trace.end).toBe(6);
});

it('leaves out what is old or has no value', () => {
  const trace = new SignalTrace();
  trace.push([1, 2], [0.1, 0.2], 0.5);
  trace.push([1.5, 2, 2.5, 3], [9, 9, 0.3], 0.5);
  expect(times(trace)).toEqual([1, 2, 2.5]);
});
