import { expect, it } from 'vitest';
import type { Condition } from './condition.js';
import { SteadyCondition } from './steady-condition.js';

const of = (code: string): Condition => ({ level: 'warn', code, title: code, detail: '' });

/** Codes shown, one after the other, where `code` says what holds at a time in milliseconds. */
function shown(ms: number, code: (at: number) => string): string[] {
  const steady = new SteadyCondition();
  const all: string[] = [];
  for (let at = 0; at < ms; at += 250) {
    const { code: now } = steady.take(of(code(at)), at);
    if (now !== all.at(-1)) all.push(now);
  }
  return all;
}

it('does not flicker with a picture that is on the verge', () => {
  // Half a minute of a person who talks, as it was seen: a new fault, or none, every second or so.
  const codes = ['live', 'unstable', 'live', 'turned', 'live', 'unstable', 'blurred', 'live'];
  expect(shown(34_000, (at) => codes[Math.floor(at / 1100) % codes.length] ?? '')).toEqual(['live']);
  const slow = shown(34_000, (at) => (Math.floor(at / 2500) % 2 === 0 ? 'live' : 'turned'));
  expect(slow.length).toBeLessThanOrEqual(8);
});

it('shows what lasts, and the connection at once', () => {
  expect(shown(10_000, (at) => (at < 3000 ? 'live' : 'turned'))).toEqual(['live', 'turned']);
  expect(shown(3000, (at) => (at < 1000 ? 'starting' : at < 2000 ? 'live' : 'reconnecting'))).toEqual(['starting', 'live', 'reconnecting']);
  expect(shown(6000, (at) => (at < 1000 ? 'live' : at < 2000 ? 'no_face' : 'live'))).toEqual(['live', 'no_face', 'live']);
});

it('keeps the numbers of what it shows up to date', () => {
  const steady = new SteadyCondition();
  steady.take({ ...of('few_frames'), detail: '9 a second' }, 0);
  expect(steady.take({ ...of('few_frames'), detail: '8 a second' }, 250).detail).toBe('8 a second');
});
