import { describe, expect, it } from 'vitest';
import { BatchQueue, type Waiting } from './batcher-queue.js';

const entry = (session: string, job: number, expiresAt = 100): Waiting<number> => ({ job, session, queuedAt: job, expiresAt });

function filled(sessions: Record<string, number>): BatchQueue<Waiting<number>> {
  const queue = new BatchQueue<Waiting<number>>();
  let job = 0;
  for (const [session, count] of Object.entries(sessions)) for (let i = 0; i < count; i++) queue.push(entry(session, job++));
  return queue;
}
const names = (entries: readonly Waiting<number>[]): string => entries.map(({ session, job }) => `${session}${String(job)}`).join(' ');

describe('BatchQueue', () => {
  it('gives one a session in turn, oldest first, and goes on with whoever was left out', () => {
    const queue = filled({ a: 4, b: 1, c: 2 });
    expect(names(queue.take(2, 9))).toBe('a0 b4');
    expect(names(queue.take(2, 9))).toBe('c5 a1');
    expect(names(queue.take(9, 9))).toBe('c6 a2 a3');
    expect(queue.size).toBe(0);
    expect(queue.take(1, 1)).toEqual([]);
  });

  it('gives no session more than the cap while others wait, and all to one alone', () => {
    const queue = filled({ a: 4, b: 1 });
    expect(queue.available(2)).toBe(3);
    expect(names(queue.take(9, 2))).toBe('a0 b4 a1');
    expect(queue.available(2)).toBe(2);
    expect(names(queue.take(9, 1))).toBe('a2 a3');
  });

  it('lets go of the oldest of the longest line, or of one that is named', () => {
    const queue = filled({ a: 1, b: 3 });
    expect(queue.evict()?.job).toBe(1);
    expect(queue.evict('a')?.job).toBe(0);
    expect(queue.evict('a')).toBeUndefined();
    expect([queue.size, queue.sessions, queue.waitingOf('b')]).toEqual([2, 1, 2]);
    expect(new BatchQueue().evict()).toBeUndefined();
  });

  it('knows who waits longest and what expires next', () => {
    const queue = new BatchQueue<Waiting<number>>();
    expect([queue.oldest(), queue.nextExpiry()]).toEqual([undefined, undefined]);
    queue.push(entry('a', 5, 90));
    queue.push(entry('b', 3, 70));
    queue.push(entry('b', 6, 40));
    expect([queue.oldest(), queue.nextExpiry()]).toEqual([3, 40]);
    expect(queue.remove(({ expiresAt }) => expiresAt < 80).map(({ job }) => job)).toEqual([3, 6]);
    expect([queue.size, queue.sessions]).toEqual([1, 1]);
  });
});
