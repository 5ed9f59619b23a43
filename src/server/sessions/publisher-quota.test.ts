import { describe, expect, it } from 'vitest';
import { PublisherQuota } from './publisher-quota.js';

const problem = (code: string): unknown => expect.objectContaining({ problem: expect.objectContaining({ status: 429, code }) as unknown });

describe('PublisherQuota', () => {
  it('lets one publisher hold few places without a picture, and leaves the others theirs', () => {
    const quota = new PublisherQuota({ pending: 2 });
    const release = quota.admit('a');
    quota.admit('a');
    expect(() => quota.admit('a')).toThrow(problem('too_many_pending'));
    quota.admit('b');
    release();
    release();
    quota.admit('a');
    expect(() => quota.admit('a')).toThrow(problem('too_many_pending'));
  });

  it('refuses who sent faulty video for a while, and longer each time', () => {
    let now = 0;
    const quota = new PublisherQuota({ pending: 2, now: () => now });
    const waits: number[] = [];
    for (let i = 0; i < 8; i++) {
      quota.admit('a')();
      quota.faulty('a');
      let wait = 0;
      try {
        quota.admit('a');
      } catch (error) {
        wait = (error as { problem: { retryAfter: number } }).problem.retryAfter;
      }
      waits.push(wait);
      now += wait * 1000;
    }
    expect(waits).toEqual([10, 20, 40, 80, 160, 300, 300, 300]);
    expect(() => quota.admit('b')).not.toThrow();
    now += 400_000;
    quota.faulty('a');
    now += 10_000;
    expect(() => quota.admit('a')).not.toThrow();
  });
});
