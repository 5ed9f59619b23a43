import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Event, EventDraft, DurableEvent } from '../../src/events/schema.js';
import { FROM_OLDEST } from '../../src/events/bus/mod.js';
import { encodeEvents, ensureStreams, Nats, NatsBus } from '../../src/cluster/nats/mod.js';
import { stats } from './drafts.js';
import { NatsServer, noNatsServer } from '../support/nats-server.js';

const fault = (session: string, message = 'x'): EventDraft => ({ type: 'error', session, t: 0, code: 'c', message });
const totals = { duration: 0, frames_received: 0, frames_analyzed: 0, frames_dropped: 0, annotations: { micro: 0, macro: 0 } };
const seqs = (events: readonly Event[]): number[] => events.flatMap((event) => ('seq' in event ? [event.seq] : []));

describe.skipIf(noNatsServer !== undefined)('NatsBus, against a real nats-server', () => {
  let server: NatsServer;
  const open: { close(): unknown }[] = [];
  let count = 0;

  beforeAll(async () => {
    server = await NatsServer.start();
  });
  afterAll(async () => {
    await server.close();
  });
  afterEach(async () => {
    for (const part of open.splice(0).reverse()) await part.close();
  });

  async function node(
    name: string,
    options: Partial<ConstructorParameters<typeof NatsBus>[0]> = {},
  ): Promise<{ nats: Nats; bus: NatsBus }> {
    const nats = await Nats.connect({ url: server.url, node: name, prefix: `t${String(count)}` });
    await ensureStreams(nats);
    const bus = new NatsBus({ nats, ...options });
    await nats.nc.flush();
    open.push(nats, bus);
    return { nats, bus };
  }
  const until = async (done: () => boolean, ms = 8000): Promise<void> => {
    for (const end = Date.now() + ms; !done() && Date.now() < end;) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(done()).toBe(true);
  };

  it('tells durable events everywhere, in order and once, and ephemeral ones to those who listen', async () => {
    count++;
    const a = await node('a', { hear: false });
    const b = await node('b');
    const seen: Event[] = [];
    const here: Event[] = [];
    a.bus.begin({ id: 's1', name: 'one' });
    a.bus.subscribe('s1', (event) => here.push(event));
    b.bus.subscribe('s1', (event) => seen.push(event));
    await b.nats.nc.flush();
    for (let i = 0; i < 50; i++) {
      a.bus.publish(fault('s1', String(i)));
      a.bus.publish(stats('s1'));
    }
    await until(() => seqs(seen).length === 50 && seqs(here).length === 50);
    expect(seqs(seen)).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
    expect(seen.filter(({ type }) => type === 'stats')).toHaveLength(50);
    expect(here.filter(({ type }) => type === 'stats')).toHaveLength(50);
  });

  it('sends what is told in one breath as one message', async () => {
    count++;
    const { nats, bus } = await node('a');
    bus.begin({ id: 's1', name: 'one' });
    await bus.flush();
    for (let i = 0; i < 3; i++) {
      bus.publish(fault('s1', 'words'));
      await Promise.resolve();
      bus.publish(fault('s1', 'end'));
      await bus.flush();
    }
    const {
      state: { messages },
    } = await nats.jsm.streams.info(nats.stream('EVENTS'));
    // The beginning, and one each time.
    expect(messages).toBe(4);
  });

  it('replays from the stream at a process that never heard of the session', async () => {
    count++;
    const a = await node('a');
    a.bus.begin({ id: 's2', name: 'two' });
    for (let i = 0; i < 40; i++) {
      a.bus.publish(fault('s2'));
      if (i % 7 === 0) await a.bus.flush();
    }
    await a.bus.flush();
    const b = await node('b');
    expect(seqs((await b.bus.replay('s2', FROM_OLDEST, 100)).events)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1));
    expect(seqs((await b.bus.replay('s2', 0, 10)).events)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(seqs((await b.bus.replay('s2', 10, 10)).events)).toEqual([11, 12, 13, 14, 15, 16, 17, 18, 19, 20]);
    expect(seqs((await b.bus.replay('s2', 38, 10)).events)).toEqual([39, 40]);
    expect(await b.bus.replay('s2', 40, 10)).toEqual({ events: [], truncated: false });
    expect(await b.bus.replay('nobody', FROM_OLDEST, 10)).toEqual({ events: [], truncated: false });
  });

  it('loses and repeats nothing when the server is killed and started again', async () => {
    count++;
    const a = await node('a', { hear: false });
    const b = await node('b');
    const seen: Event[] = [];
    a.bus.begin({ id: 's3', name: 'three' });
    b.bus.subscribe(undefined, (event) => seen.push(event), 'durable');
    for (let i = 0; i < 10; i++) {
      a.bus.publish(fault('s3'));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await server.kill();
    for (let i = 0; i < 10; i++) a.bus.publish(fault('s3'));
    await new Promise((resolve) => setTimeout(resolve, 500));
    await server.start();
    await a.bus.flush(15_000);
    expect(a.bus.waiting).toBe(0);
    a.bus.publish(fault('s3'));
    await until(() => seqs(seen).at(-1) === 21);
    const replay = await b.bus.replay('s3', 0, 100);
    expect(seqs(replay.events)).toEqual(Array.from({ length: 21 }, (_, i) => i + 1));
    expect(new Set(seqs(seen)).size).toBe(seqs(seen).length);
  }, 40_000);

  /** A node whose session another process has ended after its first event, and what it is told of that. */
  async function endedByAnother(session: string): Promise<{ readonly bus: NatsBus; readonly fenced: readonly string[] }> {
    count++;
    const fenced: string[] = [];
    const { bus, nats } = await node('a', {
      onFenced: (ended) => {
        fenced.push(ended);
      },
    });
    bus.begin({ id: session, name: session });
    bus.publish(fault(session));
    await bus.flush();
    const end: DurableEvent = { type: 'session.ended', session, t: 0, seq: 2, reason: 'interrupted', totals };
    await nats.js.publish(nats.subject('session', session, 'events'), encodeEvents([end], new Date().toISOString()));
    return { bus, fenced };
  }

  it('writes no more of a session that another process has ended', async () => {
    const { bus, fenced } = await endedByAnother('s4');
    bus.publish(fault('s4', 'too late'));
    await until(() => fenced.includes('s4'));
    const b = await node('b');
    expect((await b.bus.replay('s4', 0, 10)).events.map(({ type, seq }) => [type, seq])).toEqual([
      ['error', 1],
      ['session.ended', 2],
    ]);
  });

  it('is told once that another process has ended a session, also where it is learnt elsewhere while more waits to be said', async () => {
    const { bus, fenced } = await endedByAnother('s5');
    bus.publish(fault('s5', 'on its way'));
    await Promise.resolve();
    bus.fence('s5');
    bus.fence('s5');
    bus.publish(fault('s5', 'too late'));
    await bus.flush();
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect([fenced, bus.owns('s5'), bus.waiting]).toEqual([['s5'], false, 0]);
    expect((await bus.replay('s5', 0, 10)).events.map(({ type }) => type)).toEqual(['error', 'session.ended']);
  });

  it('lets go of a server that hangs, however much waits to be written, and finds it again', async () => {
    count++;
    const changes: boolean[] = [];
    const nats = await Nats.connect({
      url: server.url,
      node: 'a',
      prefix: `t${String(count)}`,
      onChange: (connected) => changes.push(connected),
    });
    open.push(nats);
    server.freeze();
    try {
      // More than the system takes in for a reader that does not read.
      for (let i = 0; i < 64; i++) nats.nc.publish(nats.subject('nobody'), new Uint8Array(512 * 1024));
      await until(() => changes[0] === false, 15_000);
    } finally {
      server.thaw();
    }
    await until(() => changes.at(-1) === true, 15_000);
    await nats.nc.flush();
  }, 40_000);

  it('says what to do where there is no server', async () => {
    await expect(Nats.connect({ url: 'nats://user:geheim@127.0.0.1:1', node: 'x' })).rejects.toThrow(
      /cannot reach NATS at nats:\/\/127\.0\.0\.1:1 .*start nats-server with -js/,
    );
  });
});

it.runIf(noNatsServer !== undefined)('is told why these tests are left out', () => {
  console.warn(noNatsServer);
});
