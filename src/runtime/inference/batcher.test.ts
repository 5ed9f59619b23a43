import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../../tests/support/property-runs.js';
import { FakeClock, settle } from '../../../tests/support/fake-clock.js';
import { BatchError } from './batcher-error.js';
import { Batcher, type BatcherOptions } from './batcher.js';

interface Job {
  readonly session: string;
  readonly id: number;
}

/** A batcher over a device that takes `base + each * size` ms. */
function rig(options: Partial<BatcherOptions<Job, number>> & { base?: number; each?: number } = {}) {
  const clock = new FakeClock();
  const batches: { ids: number[]; sessions: string[]; size: number; at: number }[] = [];
  const dropped: string[] = [];
  const batcher = new Batcher<Job, number>({
    sizes: [1, 2, 4, 8],
    cost: (size) => (options.base ?? 10) + (options.each ?? 0) * size,
    clock,
    hooks: {
      dropped: (reason) => {
        dropped.push(reason);
      },
    },
    run: (jobs, size) => {
      batches.push({ ids: jobs.map((job) => job.id), sessions: jobs.map((job) => job.session), size, at: clock.now() });
      return new Promise((resolve) => {
        clock.after((options.base ?? 10) + (options.each ?? 0) * size, () => {
          resolve(jobs.map((job) => job.id * 2));
        });
      });
    },
    ...options,
  });
  const submit = (session: string, id: number, deadline?: number): Promise<number | string> =>
    batcher.submit({ session, id }, session, deadline === undefined ? {} : { deadline }).catch((error: unknown) => {
      if (error instanceof BatchError) return error.code;
      throw error;
    });
  return { clock, batcher, batches, dropped, submit };
}

describe('Batcher', () => {
  it('waits a few milliseconds for company, then runs what came, padded', async () => {
    const { clock, batches, submit } = rig({ maxWait: 4 });
    const answers = [submit('a', 1), submit('b', 2), submit('c', 3)];
    await clock.advance(3.9);
    expect(batches).toHaveLength(0);
    await clock.advance(0.2);
    expect(batches).toMatchObject([{ ids: [1, 2, 3], size: 4, at: 4 }]);
    await clock.advance(10);
    expect(await Promise.all(answers)).toEqual([2, 4, 6]);
  });

  it('runs a full batch at once, and holds the next full one at the door', async () => {
    const { clock, batches, submit } = rig({ sessionShare: 8, maxQueuePerSession: 64 });
    const answers = Array.from({ length: 20 }, (_, i) => submit('a', i));
    await settle();
    expect(batches.map((batch) => batch.size)).toEqual([8, 8]);
    await clock.advance(10);
    // The four that are left fill no batch: they wait until the device is idle.
    await clock.advance(30);
    expect(batches.map((batch) => batch.size)).toEqual([8, 8, 4]);
    expect(await Promise.all(answers)).toEqual(Array.from({ length: 20 }, (_, i) => i * 2));
  });

  it('lets sessions take turns and caps each one while others wait', async () => {
    const { clock, batches, submit } = rig({ sizes: [1, 2, 4], sessionShare: 2, maxQueuePerSession: 64, inFlight: 1 });
    void submit('warm', 99);
    await clock.advance(4);
    const answers = [...Array.from({ length: 6 }, (_, i) => submit('busy', i)), submit('calm', 10)];
    await clock.advance(100);
    await Promise.all(answers);
    expect(batches[1]?.sessions.filter((session) => session === 'busy')).toHaveLength(2);
    expect(batches[1]?.sessions).toContain('calm');
    expect(batches[2]?.ids).toEqual([2, 3, 4, 5]);
  });

  it('gives up jobs past their deadline, and says so', async () => {
    const { clock, dropped, submit } = rig({ base: 100, deadline: 50, inFlight: 1, maxWait: 0 });
    const first = submit('a', 1);
    const late = submit('a', 2);
    const patient = submit('b', 3, 500);
    await clock.advance(51);
    expect(await late).toBe('batch_expired');
    await clock.advance(300);
    expect([await first, await patient]).toEqual([2, 6]);
    expect(dropped).toEqual(['expired']);
  });

  it('lets go of the oldest of whoever fills the queue', async () => {
    const { clock, submit, batcher } = rig({ maxQueue: 4, maxQueuePerSession: 3, maxWait: 1000 });
    const busy = [1, 2, 3, 4].map((id) => submit('busy', id));
    expect(await busy[0]).toBe('batch_overflow');
    const calm = submit('calm', 5);
    const other = submit('other', 6);
    expect(await busy[1]).toBe('batch_overflow');
    expect(batcher.waiting).toBe(4);
    await clock.advance(1100);
    expect([await busy[2], await busy[3], await calm, await other]).toEqual([6, 8, 10, 12]);
  });

  it('forgets a session that ended, and closes once', async () => {
    const { clock, batcher, submit } = rig();
    const gone = submit('a', 1);
    const kept = submit('b', 2);
    batcher.cancel('a');
    expect(await gone).toBe('batch_cancelled');
    await clock.advance(4);
    const waiting = submit('b', 3);
    const closed = batcher.close();
    expect(await waiting).toBe('batch_closed');
    await clock.advance(20);
    await closed;
    await batcher.close();
    expect(await kept).toBe(4);
    expect(await submit('b', 4)).toBe('batch_closed');
    expect(clock.timers).toBe(0);
  });

  it('fails the jobs of a failed run alone, with its cause', async () => {
    const clock = new FakeClock();
    let runs = 0;
    const batcher = new Batcher<number, number>({
      clock,
      run: (jobs) => (runs++ === 0 ? Promise.reject(new Error('device lost')) : Promise.resolve(jobs)),
    });
    const first = batcher.submit(1, 'a');
    const caught = first.catch((error: unknown) => error);
    await clock.advance(5);
    expect(await caught).toMatchObject({ code: 'batch_failed', message: 'the batch failed: device lost', retryAfter: 1000 });
    const second = batcher.submit(2, 'a');
    await clock.advance(5);
    expect(await second).toBe(2);
  });

  it('treats a runner that answers too few as failed, and outlives a hook that throws', async () => {
    const clock = new FakeClock();
    const batcher = new Batcher<number, number>({
      clock,
      run: () => Promise.resolve([]),
      hooks: {
        batch: () => {
          throw new Error('listener');
        },
      },
    });
    const caught = batcher.submit(1, 'a').catch((error: unknown) => error);
    await clock.advance(5);
    expect(await caught).toMatchObject({ code: 'batch_failed' });
  });

  it('refuses sizes out of order', () => {
    expect(() => new Batcher({ sizes: [2, 1], run: () => Promise.resolve([]) })).toThrow(RangeError);
    expect(() => new Batcher({ sizes: [], run: () => Promise.resolve([]) })).toThrow(RangeError);
  });

  it('answers every job exactly once and keeps its caps, whatever comes', async () => {
    const step = fc.oneof(
      {
        weight: 8,
        arbitrary: fc.record({
          kind: fc.constant('submit' as const),
          session: fc.constantFrom('a', 'b', 'c', 'd'),
          deadline: fc.integer({ min: 1, max: 80 }),
        }),
      },
      { weight: 4, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 40 }) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('cancel' as const), session: fc.constantFrom('a', 'b', 'c', 'd') }) },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 120 }),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 0, max: 6 }),
        fc.integer({ min: 1, max: 3 }),
        fc.boolean(),
        async (steps, base, maxWait, inFlight, flaky) => {
          const clock = new FakeClock();
          const sizes = [1, 2, 4];
          const sessionShare = 2;
          const maxQueue = 10;
          const maxQueuePerSession = 5;
          const queued = new Map<string, number>();
          let running = 0;
          let runs = 0;
          let violations = 0;
          const pending = new Map<number, { session: string; expiresAt: number }>();
          const batcher = new Batcher<Job, number>({
            sizes,
            sessionShare,
            maxQueue,
            maxQueuePerSession,
            maxWait,
            inFlight,
            clock,
            cost: (size) => base + size,
            run: (jobs, size) => {
              running++;
              runs++;
              if (running > inFlight || jobs.length > size || !sizes.includes(size)) violations++;
              // A job past its deadline is dropped before a batch is filled; its promise tells us only after the run has begun.
              const waitedFor = new Set([...pending.values()].filter((job) => job.expiresAt > clock.now()).map((job) => job.session));
              const counts = new Map<string, number>();
              for (const job of jobs) {
                counts.set(job.session, (counts.get(job.session) ?? 0) + 1);
                const entry = pending.get(job.id);
                if (!entry || entry.expiresAt <= clock.now()) violations++;
                pending.delete(job.id);
              }
              if (waitedFor.size > 1 && [...counts.values()].some((count) => count > sessionShare)) violations++;
              const fail = flaky && runs % 3 === 0;
              return new Promise((resolve, reject) => {
                clock.after(base + size, () => {
                  running--;
                  if (fail) reject(new Error('flaky'));
                  else resolve(jobs.map((job) => job.id));
                });
              });
            },
          });
          const answered = new Map<number, number>();
          const all: Promise<void>[] = [];
          let id = 0;
          for (const event of steps) {
            if (event.kind === 'wait') {
              await clock.advance(event.ms);
              continue;
            }
            if (event.kind === 'cancel') {
              for (const [key, job] of pending) if (job.session === event.session) pending.delete(key);
              batcher.cancel(event.session);
              await settle();
              continue;
            }
            const job = { session: event.session, id: id++ };
            pending.set(job.id, { session: job.session, expiresAt: clock.now() + event.deadline });
            queued.set(job.session, (queued.get(job.session) ?? 0) + 1);
            all.push(
              batcher.submit(job, job.session, { deadline: event.deadline }).then(
                (result) => {
                  if (result !== job.id) violations++;
                  answered.set(job.id, (answered.get(job.id) ?? 0) + 1);
                },
                (error: unknown) => {
                  if (!(error instanceof BatchError)) violations++;
                  pending.delete(job.id);
                  answered.set(job.id, (answered.get(job.id) ?? 0) + 1);
                },
              ),
            );
            if (batcher.waiting > maxQueue) violations++;
          }
          await clock.advance(5000);
          await Promise.all(all);
          expect(violations).toBe(0);
          expect([...answered.values()].every((count) => count === 1)).toBe(true);
          expect(answered.size).toBe(id);
          expect(batcher.waiting).toBe(0);
          expect(clock.timers).toBe(0);
        },
      ),
      {
        numRuns: runs(200),
        examples: [
          [
            [
              // the first job expires as the batch leaves: those of the other session then have it for themselves
              { kind: 'submit', session: 'a', deadline: 1 },
              { kind: 'submit', session: 'd', deadline: 2 },
              { kind: 'submit', session: 'd', deadline: 2 },
              { kind: 'submit', session: 'd', deadline: 2 },
            ],
            1,
            1,
            1,
            false,
          ],
        ],
      },
    );
  });
});
