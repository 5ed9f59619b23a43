import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Event } from '../../src/events/schema.js';
import { ensureStreams, Nats, NatsBus } from '../../src/cluster/nats/mod.js';
import { stats } from './drafts.js';
import { NatsServer, noNatsServer } from '../support/nats-server.js';

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

describe.skipIf(noNatsServer !== undefined)('ephemeral events, against a real nats-server', () => {
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

  async function node(name: string, hear: boolean): Promise<{ nats: Nats; bus: NatsBus }> {
    const nats = await Nats.connect({ url: server.url, node: name, prefix: `p${String(count)}` });
    await ensureStreams(nats);
    const bus = new NatsBus({ nats, hear });
    await nats.nc.flush();
    open.push(nats, bus);
    return { nats, bus };
  }
  /** Messages that go out while `events` ephemeral events are published, 10 ms apart. */
  async function sent({ nats, bus }: { nats: Nats; bus: NatsBus }, session: string, events: number): Promise<number> {
    const before = nats.nc.stats().outMsgs;
    for (let i = 0; i < events; i++) {
      bus.publish(stats(session));
      await pause(10);
    }
    return nats.nc.stats().outMsgs - before;
  }

  it('stay at home while nobody listens, but for a question now and then', async () => {
    count++;
    const a = await node('a', false);
    await node('b', true);
    const here: Event[] = [];
    a.bus.subscribe('s1', (event) => here.push(event));
    // Before the first answer a few go out.
    await sent(a, 's1', 20);
    expect(await sent(a, 's1', 100)).toBeLessThanOrEqual(20);
    expect(here).toHaveLength(120);
  });

  it.each([
    ['the session', 's1'],
    ['all sessions', undefined],
  ])('go out as soon as somebody listens to %s, and stay again when he leaves', async (_what, watched) => {
    count++;
    const a = await node('a', false);
    const b = await node('b', true);
    await sent(a, 's1', 20);
    const seen: Event[] = [];
    const leave = b.bus.subscribe(watched, (event) => seen.push(event));
    await b.nats.nc.flush();
    for (let i = 0; i < 500 && seen.length === 0; i++) {
      a.bus.publish(stats('s1'));
      await pause(10);
    }
    expect(await sent(a, 's1', 150)).toBe(150);
    await a.nats.nc.flush();
    await b.nats.nc.flush();
    expect(seen.length).toBeGreaterThanOrEqual(150);
    leave();
    await b.nats.nc.flush();
    // The next question finds out.
    await sent(a, 's1', 150);
    expect(await sent(a, 's1', 100)).toBeLessThanOrEqual(20);
  });

  it('are asked about for each session by itself', async () => {
    count++;
    const a = await node('a', false);
    const b = await node('b', true);
    const seen: string[] = [];
    b.bus.subscribe('s1', (event) => seen.push(event.session));
    await b.nats.nc.flush();
    await sent(a, 's2', 20);
    expect(await sent(a, 's1', 50)).toBe(50);
    expect(await sent(a, 's2', 50)).toBeLessThanOrEqual(10);
    await a.nats.nc.flush();
    await b.nats.nc.flush();
    expect(seen).toEqual(Array.from({ length: 50 }, () => 's1'));
  });
});
