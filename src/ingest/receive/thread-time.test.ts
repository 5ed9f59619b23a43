import { describe, expect, it } from 'vitest';
import { threadTime } from './thread-time.js';

describe('threadTime', () => {
  it('rises with work', () => {
    const before = threadTime();
    let sum = 0;
    for (let turn = 0; turn < 3e7; turn++) sum += Math.sqrt(turn);
    expect(sum).toBeGreaterThan(0);
    expect(threadTime()).toBeGreaterThan(before);
  });
});
