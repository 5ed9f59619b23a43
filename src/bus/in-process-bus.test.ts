import { describe, expect, it } from 'vitest';
import type { Event, EventDraft } from '../annotations/schema.js';
import { InProcessBus } from './in-process-bus.js';

const fault = (session: string, message = 'x'): EventDraft => ({ type: 'error', session, t: 0, code: 'c', message });
const stats = (session: string): EventDraft => ({
  type: 'stats', session, t: 0, fps_in: 0, fps_analyzed: 0, frames_dropped: 0, latency_ms: { p50: null, p95: null }, queue: 0,
});

describe('InProcessBus', () => {
  it('numbers lasting events per session without gaps and leaves passing ones without a number', () => {
    const bus = new InProcessBus();
    const seen: Event[] = [];
    bus.subscribe('a', (event) => seen.push(event));
    for (let i = 0; i < 5; i++) { bus.publish(fault('a')); bus.publish(stats('a')); bus.publish(fault('b')); }
    expect(seen.flatMap((e) => ('seq' in e ? [e.seq] : []))).toEqual([1, 2, 3, 4, 5]);
    expect(seen).toHaveLength(10);
    expect(bus.lastSeq('b')).toBe(5);
  });

  it('replays what came after since, and says when that is gone', () => {
    const bus = new InProcessBus({ keep: 10 });
    for (let i = 0; i < 3000; i++) bus.publish(fault('a', String(i)));
    const last = bus.lastSeq('a');
    expect(last).toBe(3000);
    expect(bus.replay('a', last - 3, 100).events.map((e) => e.seq)).toEqual([2998, 2999, 3000]);
    expect(bus.replay('a', last - 3, 100).truncated).toBe(false);
    expect(bus.replay('a', 1, 5).truncated).toBe(true);
    expect(bus.replay('a', last, 5)).toEqual({ events: [], truncated: false });
  });

  it('goes on when a listener throws', () => {
    const errors: unknown[] = [];
    const bus = new InProcessBus({ onListenerError: (e) => errors.push(e) });
    let calls = 0;
    bus.subscribe(undefined, () => { throw new Error('bad listener'); });
    const leave = bus.subscribe('a', () => { calls++; });
    bus.publish(fault('a'));
    leave();
    bus.publish(fault('a'));
    expect(calls).toBe(1);
    expect(errors).toHaveLength(2);
  });
});
