import { expect, it } from 'vitest';
import { TokenBucket } from './token-bucket.js';

it('gives a burst, then its rate', () => {
  let now = 0;
  const bucket = new TokenBucket(20, 5, () => now);
  const taken = (): number => {
    let count = 0;
    while (bucket.take()) count++;
    return count;
  };
  expect(taken()).toBe(5);
  now += 100;
  expect(taken()).toBe(2);
  now += 60_000;
  expect(taken()).toBe(5);
});
