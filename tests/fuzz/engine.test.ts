import { describe, expect, it } from 'vitest';
import { mutate } from './mutate.js';
import { Random } from './random.js';
import { joined, parts } from './target.js';

describe('the fuzzer', () => {
  it('does the same again for the same seed', () => {
    const draw = (seed: number): string[] => {
      const random = new Random(seed);
      return Array.from({ length: 50 }, () =>
        Buffer.from(
          mutate(random, { corpus: [Buffer.from('hello world'), Buffer.of(1, 2)], dictionary: [Buffer.from('word')], maxLength: 64 }),
        ).toString('hex'),
      );
    };
    expect(draw(5)).toEqual(draw(5));
    expect(draw(5)).not.toEqual(draw(6));
    expect(draw(7).every((hex) => hex.length <= 128)).toBe(true);
    expect(new Set(draw(5)).size).toBeGreaterThan(40);
  });

  it('cuts inputs into the parts that they were joined from', () => {
    const list = [Buffer.alloc(0), Buffer.from('a'), Buffer.alloc(254, 1), Buffer.alloc(255, 2), Buffer.alloc(1000, 3)];
    expect([...parts(joined(list))].map((part) => Buffer.from(part).toString('hex'))).toEqual(list.map((part) => part.toString('hex')));
    expect([...parts(Buffer.of(5, 1, 2))].map((part) => part.length)).toEqual([2]);
  });
});
