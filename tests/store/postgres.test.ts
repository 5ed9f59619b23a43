import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { InProcessBus, type Replay } from '../../src/events/bus/mod.js';
import { openStore, type DurableStore, type StoreError } from '../../src/store/mod.js';
import { closed, ended, started } from '../support/stored-events.js';
import { PostgresServer, postgresIsHere } from '../support/postgres-server.js';

describe.skipIf(!postgresIsHere)('a store in PostgreSQL', () => {
  let server: PostgresServer;
  let store: DurableStore | undefined;
  let bus: InProcessBus;
  const told: string[] = [];

  beforeAll(async () => {
    server = await PostgresServer.start();
  });
  afterAll(() => {
    server.remove();
  });
  afterEach(async () => {
    await store?.close();
    store = undefined;
    told.length = 0;
  });

  async function open(url: string): Promise<DurableStore> {
    store = await openStore(url, { retryEvery: 50, onFault: (error) => told.push(error.code), onRecovered: () => told.push('recovered') });
    bus = new InProcessBus({
      commit: (event) => store!.append(event),
      archive: (session, since, limit) => store!.events(session, since, limit),
    });
    return store;
  }

  const failure = async (url: string): Promise<StoreError> => {
    try {
      await (await openStore(url)).close();
    } catch (error) {
      return error as StoreError;
    }
    throw new Error('it opened');
  };

  it('loses nothing while the server is killed and started again: listeners are told, it is said once, all is written', async () => {
    const url = await server.database();
    const kept = await open(url);
    kept.begin({ id: 'a', name: 'a' });
    bus.publish(started('a'));
    for (let n = 1; n <= 20; n++) bus.publish(closed('a', n));
    await kept.flush();
    const heard: number[] = [];
    bus.subscribe('a', (event) => {
      if ('seq' in event) heard.push(event.seq);
    });
    // In the middle of writing.
    for (let n = 21; n <= 200; n++) bus.publish(closed('a', n));
    server.down();
    for (let n = 201; n <= 400; n++) bus.publish(closed('a', n));
    await expect.poll(() => heard.length, { timeout: 20_000 }).toBe(380);
    expect(heard).toEqual(heard.map((_, i) => 22 + i));
    expect(told).toEqual(['store_unreachable']);
    expect(kept.health()).toMatchObject({ state: 'failing', detail: expect.stringContaining('database server'), lost: 0 });
    await expect(kept.annotations('a')).rejects.toMatchObject({ code: 'store_unreachable' });
    await expect(kept.erase('a')).rejects.toMatchObject({ code: 'store_unreachable' });
    server.up();
    await expect.poll(() => told, { timeout: 20_000 }).toEqual(['store_unreachable', 'recovered']);
    expect(kept.health()).toMatchObject({ state: 'ok', waiting: 0, lost: 0 });
    bus.publish(ended('a'));
    await kept.flush();
    await kept.close();
    const again = await open(url);
    expect(await again.annotations('a')).toHaveLength(400);
    const replay = await (bus.replay('a', 0, 1000) as Promise<Replay>);
    expect(replay.events.map((event) => event.seq)).toEqual(Array.from({ length: 402 }, (_, i) => i + 1));
  }, 60_000);

  it('makes a lost connection anew without a word', async () => {
    const url = await server.database();
    const kept = await open(url);
    kept.begin({ id: 'a', name: 'a' });
    await kept.flush();
    await kept.list();
    for (let round = 1; round <= 3; round++) {
      await server.query("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'mellm-live'");
      bus.publish(closed('a', round));
      await kept.flush();
      await expect.poll(() => kept.health()).toMatchObject({ state: 'ok', waiting: 0 });
      expect(await kept.annotations('a')).toHaveLength(round);
    }
  });

  it('does not hold anyone up where the server hangs', async () => {
    const url = await server.database();
    const kept = (store = await openStore(url, {
      retryEvery: 50,
      slowAfter: 200,
      onFault: (error) => told.push(error.code),
      onRecovered: () => told.push('recovered'),
    }));
    kept.begin({ id: 'a', name: 'a' });
    await kept.flush();
    const processes = (await server.query("SELECT pid FROM pg_stat_activity WHERE application_name = 'mellm-live'")).map(({ pid }) =>
      Number(pid),
    );
    for (const pid of processes) process.kill(pid, 'SIGSTOP');
    try {
      expect(await kept.append({ type: 'error', session: 'a', seq: 1, t: 0, code: 'some', message: 'thing' })).toBe(false);
      expect(told).toEqual(['store_slow']);
    } finally {
      for (const pid of processes) process.kill(pid, 'SIGCONT');
    }
    await expect.poll(() => told).toEqual(['store_slow', 'recovered']);
    expect(await kept.events('a', 0, 10)).toHaveLength(1);
  });

  it('writes no more where another process has taken the database meanwhile, and goes on when it is free', async () => {
    const url = await server.database();
    const kept = await open(url);
    kept.begin({ id: 'a', name: 'a' });
    await kept.flush();
    await server.query("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'mellm-live'");
    const other = await openStore(url, { shared: true });
    bus.publish(closed('a', 1));
    await expect.poll(() => told).toEqual(['store_in_use']);
    expect(await other.annotations('a')).toHaveLength(0);
    await other.close();
    await expect.poll(() => told, { timeout: 20_000 }).toEqual(['store_in_use', 'recovered']);
    expect(await kept.annotations('a')).toHaveLength(1);
  });

  it('says what is wrong, and never the password', async () => {
    const place = `127.0.0.1:${String(server.port)}`;
    const database = new URL(await server.database()).pathname;
    await server.query("CREATE ROLE careful LOGIN PASSWORD 'Geheim-1'");
    const cases = [
      [`postgres://careful:Geheim-2@${place}${database}`, 'store_refused', 'password'],
      [`postgres://careful:Geheim-1@${place}${database}`, 'store_refused', 'right to create tables'],
      [`postgres://careful:Geheim-1@${place}/none`, 'store_refused', 'the database'],
      [`postgres://careful:Geheim-2@${place}${database}?sslmode=verify-full`, 'store_refused', 'sslmode'],
      ['postgres://careful:Geheim-2@127.0.0.1:1/x', 'store_unreachable', 'start it'],
      ['postgres://careful:Geheim-2@nowhere.invalid/x', 'store_unreachable', 'store.url'],
      ['postgres://careful:Geheim-2@[half/x', 'store_refused', '%XX'],
    ] as const;
    for (const [url, code, words] of cases) {
      const error = await failure(url);
      expect(error).toMatchObject({ name: 'StoreError', code, message: expect.stringContaining(words) });
      expect(`${inspect(error, { depth: 10, showHidden: true })} ${JSON.stringify(error)}`).not.toMatch(/Geheim/);
    }
    await server.query(`GRANT CREATE ON SCHEMA public TO careful`, `postgres://postgres@${place}${database}`);
    const kept = await open(`postgresql://careful:Geheim-1@${place}${database}`);
    expect(kept.place).toBe(`postgres://careful@${place}${database}`);
  });

  it("refuses a database of a later version, and one that can't hold every text", async () => {
    const later = await server.database();
    await (await openStore(later)).close();
    await server.query("INSERT INTO migrations VALUES (99, 'later')", later);
    expect(await failure(later)).toMatchObject({ code: 'store_newer', message: expect.stringContaining('schema 99') });
    const latin = await server.database('postgres', "TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'");
    expect(await failure(latin)).toMatchObject({ code: 'store_unsupported', message: expect.stringContaining('UTF8') });
  });
});

it('nothing of PostgreSQL is loaded without a URL, and nothing of SQLite with one', () => {
  const loaded = (place: string): string =>
    spawnSync(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `
    import { createRequire } from 'node:module';
    const { openStore } = await import(process.argv[1]);
    const store = await openStore(process.argv[2]).catch(() => undefined);
    const files = Object.keys(createRequire(process.argv[1]).cache);
    console.log(['pg', 'libsql'].filter((name) => files.some((file) => file.replaceAll('\\\\', '/').includes('/node_modules/' + name + '/'))).join());
    await store?.close();
    process.exit();`,
        new URL('../../dist/src/store/mod.js', import.meta.url).href,
        place,
      ],
      { encoding: 'utf8' },
    ).stdout.trim();
  expect(loaded('postgres://nobody@127.0.0.1:1/x')).toBe('pg');
  const folder = mkdtempSync(join(tmpdir(), 'mellm-loaded-'));
  expect(loaded(folder)).toBe('libsql');
  rmSync(folder, { recursive: true, force: true });
});
