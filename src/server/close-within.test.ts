import { expect, it } from 'vitest';
import { CloseWithin } from './close-within.js';

it('takes every step, waits for none beyond the deadline, and survives one that fails', async () => {
  const said: string[] = [];
  const closing = new CloseWithin(200, {
    warn: ((about: { step: string }, text: string) => {
      said.push(`${about.step}: ${text}`);
    }) as never,
  });
  const from = performance.now();
  const taken: string[] = [];
  await closing.step('quick', () => {
    taken.push('quick');
    return undefined;
  });
  await closing.step('broken', () => Promise.reject(new Error('no')));
  await closing.step('hangs', () => new Promise(() => undefined));
  await closing.step('hangs too', () => new Promise(() => undefined));
  await closing.step('last', async () => {
    await Promise.resolve();
    taken.push('last');
  });
  expect(taken).toEqual(['quick', 'last']);
  expect(said).toEqual(['broken: shutdown step failed', 'hangs: shutdown step timed out', 'hangs too: shutdown step timed out']);
  expect(performance.now() - from).toBeLessThan(2000);
});
