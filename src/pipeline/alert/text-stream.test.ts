import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { TextStream } from './text-stream.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('gathers tokens for a tenth of a second, loses none, and is silent after the end', () => {
  const sent: string[] = [];
  const text = new TextStream((delta) => sent.push(delta));
  for (let i = 0; i < 10; i++) {
    text.add(`${String(i)} `);
    vi.advanceTimersByTime(30);
  }
  text.add('x'.repeat(5000));
  text.end();
  text.end();
  text.add('late');
  vi.runAllTimers();
  expect(sent.join('')).toBe(`0 1 2 3 4 5 6 7 8 9 ${'x'.repeat(5000)}`);
  expect(sent.length).toBeLessThanOrEqual(6);
  expect(Math.max(...sent.map((delta) => delta.length))).toBeLessThanOrEqual(4096);
});
