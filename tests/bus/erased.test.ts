import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ensureStreams, Nats, NatsBus } from '../../src/cluster/nats/mod.js';
import { BusStore } from '../../src/cluster/bus-store.js';
import { LiveSessionList } from '../../src/cluster/live-sessions.js';
import { purgeSession } from '../../src/cluster/purge-session.js';
import { StoreService } from '../../src/cluster/store-service.js';
import { openStore, Retention, type DurableStore } from '../../src/store/mod.js';
import { closed, ended, started } from '../support/stored-events.js';
import { NatsServer, noNatsServer } from '../support/nats-server.js';

/** Times that a text stands in the files of a folder. */
function found(folder: string, text: string): number {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .reduce((sum, path) => sum + readFileSync(path).toString('latin1').split(text).length - 1, 0);
}

describe.skipIf(noNatsServer !== undefined)('what was erased, over a real nats-server', () => {
  let server: NatsServer;
  let nats: Nats;
  let bus: NatsBus;
  let folder: string;
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
    rmSync(folder, { recursive: true, force: true });
  });

  async function connect(options: { sessionMessages?: number } = {}): Promise<void> {
    folder = mkdtempSync(join(tmpdir(), 'mellm-erased-'));
    nats = await Nats.connect({ url: server.url, node: 'a', prefix: `e${String(count++)}`, ...options });
    await ensureStreams(nats);
    bus = new NatsBus({ nats });
    open.push(nats, bus);
  }

  async function startStore(): Promise<DurableStore> {
    const store = await openStore(folder, { shared: true, beforeDelete: (session) => purgeSession(nats, session) });
    open.push(
      store,
      await StoreService.start({
        nats,
        store,
        keepImages: false,
        onProblem: (message, error) => {
          throw new Error(message, { cause: error });
        },
      }),
    );
    return store;
  }

  const asked = (): BusStore => new BusStore({ nats, bus: () => bus, onProblem: () => undefined });

  async function run(id: string, name: string): Promise<void> {
    bus.begin({ id, name });
    for (const draft of [started(id), closed(id, 1), ended(id)]) bus.publish(draft);
    await bus.flush();
  }

  it("by retention is served by nobody, and gone from the stream's files", async () => {
    await connect();
    const store = await startStore();
    await run('srandom1', 'Zacharias-at-the-desk');
    await run('sother', 'Other');
    await expect.poll(async () => (await store.get('srandom1'))?.state).toBe('ended');
    await expect.poll(async () => (await store.get('sother'))?.state).toBe('ended');
    expect(await asked().get('srandom1')).toMatchObject({ name: 'Zacharias-at-the-desk' });
    await store.backend.write([{ statement: 'end', params: ['2020-01-01T00:00:00.000Z', 'ended', '{}', 'srandom1'] }]);
    await new Retention(store, { days: 30, bytes: 0 }).tidy();
    expect(await asked().get('srandom1')).toBeUndefined();
    expect(await asked().get('sother')).toMatchObject({ name: 'Other' });
    expect(await nats.message(nats.stream('EVENTS'), { last_by_subj: nats.subject('session', 'srandom1', 'begin') })).toBeNull();
    expect(found(folder, 'Zacharias')).toBe(0);
    await server.kill('SIGTERM');
    expect(found(server.folder, 'Zacharias')).toBe(0);
    await server.start();
  }, 30_000);

  it('stays where NATS is away, and is erased when it is back', async () => {
    await connect();
    let away = true;
    const store = await openStore(folder, {
      shared: true,
      beforeDelete: () => (away ? Promise.reject(new Error('NATS is away')) : purgeSession(nats, 'x')),
    });
    open.push(store);
    store.begin({ id: 'x', name: 'x' });
    await store.flush();
    await expect(store.erase('x')).rejects.toThrow('NATS is away');
    expect(await store.get('x')).toBeDefined();
    away = false;
    expect(await store.erase('x')).toBe(true);
  });

  it('leaves no id in the files of the list of live sessions', async () => {
    await connect();
    const live = await LiveSessionList.open(nats);
    for (const id of ['srandom9', 'srandom8']) {
      await live.add('a', id);
      await live.add('a', id);
    }
    expect((await live.of('a')).sort()).toEqual(['srandom8', 'srandom9']);
    await live.remove('a', 'srandom9');
    await live.remove('a', 'srandom9');
    expect(await live.of('a')).toEqual(['srandom8']);
    await server.kill('SIGTERM');
    expect(found(server.folder, 'srandom9')).toBe(0);
    expect(found(server.folder, 'srandom8')).toBeGreaterThan(0);
    await server.start();
  }, 30_000);

  it('a session that the store does not know yet has its own times, not those of the question', async () => {
    await connect();
    const from = new Date().toISOString();
    await run('s1', 'one');
    const until = new Date().toISOString();
    await new Promise((resolve) => setTimeout(resolve, 1200));
    const record = await asked().get('s1');
    expect(record).toMatchObject({ state: 'ended', reason: 'ended' });
    for (const time of [record?.started, record?.ended]) {
      expect(time! >= from && time! <= until, `${time!} within ${from} and ${until}`).toBe(true);
    }
  }, 20_000);

  it("one session that says too much loses its own oldest messages, and nobody else's", async () => {
    await connect({ sessionMessages: 10 });
    await run('squiet', 'quiet');
    bus.begin({ id: 'sloud', name: 'loud' });
    for (let i = 0; i < 100; i++) {
      bus.publish({ type: 'error', session: 'sloud', t: 0, code: 'c', message: 'm' });
      await bus.flush();
    }
    const { state } = await nats.jsm.streams.info(nats.stream('EVENTS'), { subjects_filter: nats.subject('session', '>') });
    expect(state.subjects).toMatchObject({
      [nats.subject('session', 'sloud', 'events')]: 10,
      [nats.subject('session', 'squiet', 'events')]: 1,
      [nats.subject('session', 'squiet', 'begin')]: 1,
    });
    expect((await bus.replay('squiet', 0, 10)).events).toHaveLength(3);
  }, 30_000);
});
