import { describe, expect, it } from 'vitest';
import type { Event, EventDraft, DurableEvent } from '../schema.js';
import { FROM_OLDEST } from './event-bus.js';
import { InProcessBus } from './in-process-bus.js';

const fault = (session: string, message = 'x'): EventDraft => ({ type: 'error', session, t: 0, code: 'c', message });
const ended = (session: string): EventDraft => ({
  type: 'session.ended',
  session,
  t: 0,
  reason: 'ended',
  totals: { duration: 0, frames_received: 0, frames_analyzed: 0, frames_dropped: 0, annotations: { micro: 0, macro: 0 } },
});
const stats = (session: string): EventDraft => ({
  type: 'stats',
  session,
  t: 0,
  fps_in: 0,
  fps_analyzed: 0,
  frames_dropped: 0,
  latency_ms: { p50: null, p95: null },
  queue: 0,
});

describe('InProcessBus', () => {
  it('numbers durable events per session without gaps and leaves ephemeral ones without a number', () => {
    const bus = new InProcessBus();
    const seen: Event[] = [];
    bus.subscribe('a', (event) => seen.push(event));
    for (let i = 0; i < 5; i++) {
      bus.publish(fault('a'));
      bus.publish(stats('a'));
      bus.publish(fault('b'));
    }
    expect(seen.flatMap((e) => ('seq' in e ? [e.seq] : []))).toEqual([1, 2, 3, 4, 5]);
    expect(seen).toHaveLength(10);
    expect(bus.lastSeq('b')).toBe(5);
  });

  it('replays what came after since, and says when that is gone', async () => {
    const bus = new InProcessBus({ keep: 10 });
    for (let i = 0; i < 3000; i++) bus.publish(fault('a', String(i)));
    const last = bus.lastSeq('a');
    expect(last).toBe(3000);
    expect((await bus.replay('a', last - 3, 100)).events.map((e) => e.seq)).toEqual([2998, 2999, 3000]);
    expect((await bus.replay('a', last - 3, 100)).truncated).toBe(false);
    expect((await bus.replay('a', 1, 5)).truncated).toBe(true);
    expect(await bus.replay('a', last, 5)).toEqual({ events: [], truncated: false });
  });

  it('goes on when a listener throws', () => {
    const errors: unknown[] = [];
    const bus = new InProcessBus({ onListenerError: (e) => errors.push(e) });
    let calls = 0;
    bus.subscribe(undefined, () => {
      throw new Error('bad listener');
    });
    const leave = bus.subscribe('a', () => {
      calls++;
    });
    bus.publish(fault('a'));
    leave();
    bus.publish(fault('a'));
    expect(calls).toBe(1);
    expect(errors).toHaveLength(2);
  });

  it('tells of an event when it is safe, in order, and replays nothing earlier', async () => {
    const commits: ((safe: boolean) => void)[] = [];
    const bus = new InProcessBus({ commit: () => new Promise((resolve) => commits.push(resolve)) });
    const seen: number[] = [];
    bus.subscribe('a', (event) => {
      if ('seq' in event) seen.push(event.seq);
    });
    for (let i = 0; i < 3; i++) bus.publish(fault('a'));
    expect(bus.lastSeq('a')).toBe(0);
    expect(await bus.replay('a', 0, 5)).toEqual({ events: [], truncated: false });
    commits[0]?.(true);
    await Promise.resolve();
    await new Promise(setImmediate);
    expect(seen).toEqual([1]);
    commits[2]?.(false);
    await new Promise(setImmediate);
    expect(seen).toEqual([1, 2, 3]);
    expect(bus.lastSeq('a')).toBe(3);
  });

  it('lets go of a session that has ended and is safe, and reads it from the archive', async () => {
    const kept: DurableEvent[] = [];
    const bus = new InProcessBus({
      commit: (event) => {
        kept.push(event);
        return true;
      },
      archive: (session, since, limit) =>
        Promise.resolve(kept.filter((event) => event.session === session && event.seq > since).slice(0, limit)),
    });
    bus.publish(fault('a'));
    bus.publish(ended('a'));
    expect(bus.lastSeq('a')).toBe(0);
    expect((await bus.replay('a', FROM_OLDEST, 5)).events.map((event) => event.seq)).toEqual([1, 2]);
    expect((await bus.replay('a', 1, 5)).events.map((event) => event.seq)).toEqual([2]);
    expect(await bus.replay('a', 2, 5)).toEqual({ events: [], truncated: false });
  });

  it('says where the archive has a hole', async () => {
    const kept = [1, 2, 5, 6].map((seq) => ({ ...fault('a'), seq }) as DurableEvent);
    const bus = new InProcessBus({
      archive: (_session, since, limit) => Promise.resolve(kept.filter((event) => event.seq > since).slice(0, limit)),
    });
    expect(await bus.replay('a', 0, 9)).toMatchObject({ events: [{ seq: 1 }, { seq: 2 }], truncated: false });
    expect(await bus.replay('a', 2, 9)).toEqual({ events: [], truncated: true });
    expect((await bus.replay('a', 4, 9)).events).toHaveLength(2);
  });

  it('keeps telling a session that could not be made safe', async () => {
    const bus = new InProcessBus({ commit: () => Promise.resolve(false), archive: () => Promise.resolve([]) });
    bus.publish(fault('a'));
    bus.publish(ended('a'));
    await new Promise(setImmediate);
    expect((await bus.replay('a', 0, 5)).events).toHaveLength(2);
  });
});
