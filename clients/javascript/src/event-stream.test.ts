import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { eventSchema, type Event } from '../../../src/events/schema.js';
import { BackOff } from './back-off.js';
import { EventStream, tokenProtocol, type SocketLike, type StreamState } from './event-stream.js';

class FakeSocket implements SocketLike {
  static all: FakeSocket[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((message: { data: unknown }) => void) | null = null;
  onclose: ((close: { code: number; reason: string }) => void) | null = null;
  closedWith: number | undefined;
  constructor(
    readonly path: string,
    readonly protocols: string[],
  ) {
    FakeSocket.all.push(this);
  }
  close(code?: number): void {
    this.closedWith = code ?? 1000;
  }
  say(event: unknown): void {
    this.onmessage?.({ data: JSON.stringify(event) });
  }
}

const opened = (seq: number): Event => ({
  type: 'annotation.opened',
  session: 's',
  t: seq,
  seq,
  annotation: `s:f1:${String(seq)}`,
  face: 'f1',
  kind: 'micro',
  onset: seq,
  apex: seq,
});
const last = (): FakeSocket => {
  const socket = FakeSocket.all.at(-1);
  if (!socket) throw new Error('no socket');
  return socket;
};

describe('EventStream', () => {
  let events: Event[];
  let states: StreamState[];
  const start = (more: Partial<ConstructorParameters<typeof EventStream>[0]> = {}): EventStream =>
    new EventStream({
      session: 's',
      onEvent: (event) => events.push(event),
      onState: (state) => states.push(state),
      open: (path, protocols) => new FakeSocket(path, protocols),
      parse: (value) => eventSchema.safeParse(value).data,
      backOff: new BackOff({ first: 100, random: () => 1 }),
      ...more,
    });
  beforeEach(() => {
    vi.useFakeTimers();
    events = [];
    states = [];
    FakeSocket.all = [];
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('resumes after the last seq and hands nothing on twice', () => {
    start();
    expect(last().path).toBe('ws?session=s');
    expect(last().protocols).toEqual(['mellm.v1']);
    last().onopen?.();
    last().say(opened(1));
    last().say(opened(2));
    last().onclose?.({ code: 1006, reason: '' });
    expect(states.at(-1)).toMatchObject({ phase: 'waiting', attempt: 1 });
    vi.advanceTimersByTime(100);
    expect(last().path).toBe('ws?session=s&since=2');
    last().onopen?.();
    last().say(opened(2));
    last().say(opened(3));
    expect(events.map((event) => 'seq' in event && event.seq)).toEqual([1, 2, 3]);
  });

  it('reconnects where an event is missing, and gives up on it where the server no longer has it', () => {
    const stream = start();
    last().onopen?.();
    last().say(opened(1));
    last().say(opened(4));
    expect(FakeSocket.all[0]?.closedWith).toBe(4000);
    vi.advanceTimersByTime(1000);
    expect(last().path).toBe('ws?session=s&since=1');
    last().onopen?.();
    last().say(opened(4));
    last().say(opened(5));
    expect(events).toHaveLength(3);
    expect(stream.lost).toBe(2);
  });

  it('starts anywhere where a replay is cut short', () => {
    const stream = start();
    last().say(opened(40));
    last().say(opened(41));
    expect(events).toHaveLength(2);
    expect(stream.lost).toBe(0);
  });

  it('goes on with what is held where the server forgot what was missed', () => {
    const gaps: number[] = [];
    start({ onGap: () => gaps.push(1) });
    last().say(opened(7));
    last().onclose?.({ code: 4410, reason: 'events before this are no longer held' });
    expect(gaps).toEqual([1]);
    vi.advanceTimersByTime(1000);
    expect(last().path).toBe('ws?session=s');
    last().say(opened(900));
    expect(events).toHaveLength(2);
  });

  it('counts and ignores what is no event', () => {
    const stream = start();
    last().onmessage?.({ data: '{' });
    last().onmessage?.({ data: new ArrayBuffer(4) });
    last().say({ type: 'annotation.opened', session: 's', t: -1, seq: 1 });
    last().say({ ...opened(1), kind: '<img onerror=alert(1)>' });
    expect(stream.invalid).toBe(4);
    expect(events).toHaveLength(0);
  });

  it('ends with the session and does not come back', () => {
    start();
    last().say({
      type: 'session.ended',
      session: 's',
      t: 4,
      seq: 1,
      reason: 'ended',
      totals: { duration: 4, frames_received: 1, frames_analyzed: 1, frames_dropped: 0, annotations: { micro: 0, macro: 0 } },
    });
    expect(states.at(-1)).toEqual({ phase: 'closed', reason: 'ended' });
    vi.advanceTimersByTime(60_000);
    expect(FakeSocket.all).toHaveLength(1);
  });

  it('takes silence for a dead line', () => {
    start({ silence: 5000 });
    last().onopen?.();
    vi.advanceTimersByTime(4000);
    last().say({
      type: 'stats',
      session: 's',
      t: 1,
      fps_in: 30,
      fps_analyzed: 30,
      frames_dropped: 0,
      latency_ms: { p50: null, p95: null },
      queue: 0,
    });
    vi.advanceTimersByTime(4900);
    expect(FakeSocket.all).toHaveLength(1);
    vi.advanceTimersByTime(300);
    expect(FakeSocket.all).toHaveLength(2);
  });

  it('stops where there is no such session', async () => {
    start({ exists: () => Promise.resolve(false) });
    last().onclose?.({ code: 1006, reason: '' });
    await vi.advanceTimersByTimeAsync(10);
    expect(states.at(-1)).toMatchObject({ phase: 'closed', reason: 'refused' });
  });

  it('stops where it may not watch, and says why', async () => {
    start({ exists: () => Promise.resolve('a token is missing') });
    last().onclose?.({ code: 1006, reason: '' });
    await vi.advanceTimersByTimeAsync(10);
    expect(states.at(-1)).toEqual({ phase: 'closed', reason: 'refused', message: 'a token is missing' });
  });

  it('sends a token as a subprotocol', () => {
    start({ token: 'a/b+c=ü' });
    expect(last().protocols).toEqual(['mellm.v1', tokenProtocol('a/b+c=ü')]);
    expect(tokenProtocol('a/b+c=ü')).toMatch(/^bearer\.[\w-]+$/);
  });
});
