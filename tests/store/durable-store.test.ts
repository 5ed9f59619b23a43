import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Review } from '../../src/events/mod.js';
import { InProcessBus, type Replay } from '../../src/events/bus/mod.js';
import { Retention, openStore, type DurableStore, type DurableStoreOptions, type SessionPage } from '../../src/store/mod.js';
import { closed, ended, opened, said, started } from '../support/stored-events.js';
import { postgres, sqlite, type Kind } from './places.js';
import { postgresIsHere } from '../support/postgres-server.js';

const DAY = 86_400_000;

let place: string;
let store: DurableStore;
let bus: InProcessBus;

async function open(options: DurableStoreOptions = {}, at = place): Promise<void> {
  store = await openStore(at, { retryEvery: 50, ...options });
  bus = new InProcessBus({
    commit: (event) => store.append(event),
    archive: (session, since, limit) => store.events(session, since, limit),
  });
}

const seqs = async (session: string, since = 0): Promise<number[]> =>
  (await (bus.replay(session, since, 1000) as Promise<Replay>)).events.map((event) => event.seq);
const aReview = {
  annotation: null,
  face: 'f1',
  kind: 'micro' as const,
  onset: 1,
  apex: 1.1,
  offset: 1.3,
  aus: [] as Review['aus'],
  category: null,
  verdict: 'added' as const,
  updated: '2026-01-01T00:00:00Z',
} satisfies Partial<Review>;
const png = (mark: string): Buffer => Buffer.from(mark.repeat(2000));

/** An empty store of a kind for each test. */
function fresh(kind: Kind): void {
  beforeAll(() => kind.start());
  afterAll(() => {
    kind.stop();
  });
  beforeEach(async () => {
    place = await kind.make();
    await open();
  });
  afterEach(async () => {
    await store.close();
    kind.clear(place);
  });
}

describe.each([
  ['a folder', sqlite, true],
  ['a PostgreSQL database', postgres, postgresIsHere],
] as const)('a store in %s', (_, kind, here) => {
  if (!here) {
    it.skip('needs the programs of PostgreSQL', () => undefined);
    return;
  }
  fresh(kind);
  const found = (text: string): Promise<number> => kind.found(place, text);

  it('remembers whom a session counts against', async () => {
    store.begin({ id: 'a', name: 'a', writer: 'somebody' });
    store.begin({ id: 'b', name: 'b' });
    expect([await store.writer('a'), await store.writer('b'), await store.writer('nobody')]).toEqual(['somebody', undefined, undefined]);
    await store.append({ ...started('a'), seq: 1 });
    await store.close();
    await open();
    expect(await store.writer('a')).toBe('somebody');
  });

  it('keeps reviews over a restart, by coder and page, and erases them with their session', async () => {
    const entry = (coder: string, id: string, note = '') => ({
      owner: `key of ${coder}`,
      review: { ...aReview, coder, entry: id, note },
    });
    store.begin({ id: 'a', name: 'a' });
    await store.append({ ...ended('a'), seq: 1 });
    for (const id of ['1', '2', '3']) await store.putReview('a', entry('anna', id, 'first thought'));
    await store.putReview('a', entry('anna', '2', 'second thought'));
    await store.putReview('a', entry('ben', '1'));
    await store.close();
    await open();
    expect(await store.coders('a')).toEqual([
      { coder: 'anna', owner: 'key of anna', entries: 3 },
      { coder: 'ben', owner: 'key of ben', entries: 1 },
    ]);
    const first = await store.reviews('a', { limit: 2 });
    expect(first.map(({ review }) => [review.coder, review.entry, review.note])).toEqual([
      ['anna', '1', 'first thought'],
      ['anna', '2', 'second thought'],
    ]);
    expect((await store.reviews('a', { limit: 9, after: first[1]!.review })).map(({ owner, review }) => [owner, review.entry])).toEqual([
      ['key of anna', '3'],
      ['key of ben', '1'],
    ]);
    expect(await store.reviews('a', { limit: 9, coder: 'ben' })).toEqual([entry('ben', '1')]);
    await store.dropReviews('a', 'anna', '1');
    expect([await store.review('a', 'anna', '1'), (await store.review('a', 'anna', '3'))?.review.entry]).toEqual([undefined, '3']);
    await store.dropReviews('a', 'anna');
    expect(await store.coders('a')).toHaveLength(1);
    await store.putReview('a', entry('anna', '7', 'a note to forget'));
    expect(await store.erase('a')).toBe(true);
    expect(await store.coders('a')).toEqual([]);
    expect(await found('a note to forget')).toBe(0);
  });

  it('keeps the curves of a session by page, counts their bytes, and erases them with it', async () => {
    const block = (from: number, face: string) => ({
      face,
      from,
      until: from + 9_990,
      data: new TextEncoder().encode(`curve ${face} ${String(from)}`),
    });
    store.begin({ id: 'a', name: 'a' });
    const all = [block(0, 'f1'), block(0, 'f2'), block(10_000, 'f1'), block(20_000, 'f1')];
    for (const one of [...all, ...all]) store.addSeries('a', one);
    store.addSeries('nobody', block(0, 'f1'));
    const span = { from: 0, until: 60_000 };
    const first = await store.series('a', { ...span, limit: 3 });
    expect(first.map(({ from, face, data }) => [from, face, Buffer.from(data).toString()])).toEqual(
      all.slice(0, 3).map(({ from, face, data }) => [from, face, Buffer.from(data).toString()]),
    );
    expect((await store.series('a', { ...span, limit: 3, after: first[2] })).map(({ from }) => from)).toEqual([20_000]);
    expect((await store.series('a', { from: 12_000, until: 15_000, limit: 10 })).map(({ from }) => from)).toEqual([10_000]);
    await store.append({ ...ended('a'), seq: 1 });
    await store.erase('a');
    expect(await store.series('a', { ...span, limit: 10 })).toEqual([]);
    expect(await found('curve f1 10000')).toBe(0);
  });

  it('keeps no more curves of a session than it may have', async () => {
    await store.close();
    await open({ sessionBytes: 100 });
    store.begin({ id: 'a', name: 'a' });
    for (let i = 0; i < 10; i++) store.addSeries('a', { face: 'f1', from: i, until: i, data: new Uint8Array(40) });
    expect((await store.series('a', { from: 0, until: 100, limit: 20 })).length).toBe(2);
  });

  it('counts once what another process tells twice, also after a restart', async () => {
    await store.close();
    await open({ shared: true });
    store.begin({ id: 'a', name: 'a' });
    const told = [started('a'), closed('a', 1), closed('a', 2)].map((draft, i) => ({ ...draft, seq: i + 1 }));
    for (const event of [...told, ...told]) await store.append(event);
    expect(await store.get('a')).toMatchObject({ state: 'live', annotations: { micro: 2, macro: 0 } });
    await store.close();
    await open({ shared: true });
    for (const event of told) await store.append(event);
    expect(await store.get('a')).toMatchObject({ state: 'live', annotations: { micro: 2, macro: 0 } });
    await store.append({ ...closed('a', 3), seq: 4 });
    expect(await store.get('a')).toMatchObject({ annotations: { micro: 2, macro: 1 } });
  });

  it('remembers sessions, annotations and events across a restart; a viewer goes on where it was', async () => {
    store.begin({ id: 'a', name: 'first', made_with: { version: '1', models: ['m@12345678'], settings: { 'spotting.micro_max': 0.5 } } });
    for (const draft of [started('a'), opened('a', 1), said('a', 1, 'The '), closed('a', 1), ended('a')]) bus.publish(draft);
    await store.flush();
    await store.close();
    await open();
    expect(await store.get('a')).toMatchObject({
      id: 'a',
      name: 'first',
      state: 'ended',
      reason: 'ended',
      video: { width: 640 },
      totals: { frames_received: 10 },
      annotations: { micro: 1, macro: 0 },
      made_with: { models: ['m@12345678'] },
    });
    expect(await store.annotations('a')).toMatchObject([{ id: 'a-1', aus: [{ au: 'AU12' }, { au: 'AU6' }] }]);
    expect(await seqs('a')).toEqual([1, 2, 3, 4, 5]);
    expect(await seqs('a', 3)).toEqual([4, 5]);
    expect(await seqs('a', 5)).toEqual([]);
    expect((await store.list()).map(({ id }) => id)).toEqual(['a']);
  });

  it('shows a closed annotation to nobody before it is committed', async () => {
    store.begin({ id: 'a', name: 'a' });
    const told: string[] = [];
    bus.subscribe('a', (event) => told.push(event.type));
    bus.publish(closed('a', 1));
    expect(told).toEqual([]);
    await store.flush();
    await expect.poll(() => told).toEqual(['annotation.closed']);
  });

  it('is for one process at a time, and says so', async () => {
    await expect(openStore(place)).rejects.toMatchObject({
      code: 'store_in_use',
      message: expect.stringContaining('another mellm-live uses'),
    });
  });

  it('keeps pictures in memory only, unless told otherwise', async () => {
    store.begin({ id: 'a', name: 'a' });
    store.addImage('a', 'a-1', 'apex', png('PIXELS'));
    await store.flush();
    expect(await store.image('a-1', 'apex')).toEqual(png('PIXELS'));
    expect(await found('PIXELS')).toBe(0);
    await store.close();
    await open({ keepImages: true });
    expect(await store.image('a-1', 'apex')).toBeUndefined();
    store.begin({ id: 'b', name: 'b' });
    store.addImage('b', 'b-1', 'apex', png('PIXELS'));
    await store.flush();
    await store.close();
    await open();
    expect(Buffer.from((await store.image('b-1', 'apex')) ?? [])).toEqual(png('PIXELS'));
  });

  it('erases truly: no byte of a session is in any file, nor comes back', async () => {
    await store.close();
    await open({ keepImages: true });
    for (const id of ['victimA', 'keptB']) {
      store.begin({ id, name: `Name-${id}` });
      bus.publish(started(id));
      for (let n = 1; n <= 40; n++) {
        bus.publish(opened(id, n));
        bus.publish(said(id, n, `words of ${id}`));
        store.addImage(id, `${id}-${String(n)}`, 'apex', png(`pixels-${id}`));
        bus.publish(closed(id, n, `text-of-${id}`));
      }
    }
    bus.publish(ended('victimA'));
    await store.flush();
    expect(await found('victimA')).toBeGreaterThan(0);
    expect(await store.erase('victimA')).toBe(true);
    expect(await found('victimA')).toBe(0);
    expect(await store.get('victimA')).toBeUndefined();
    expect(await store.erase('victimA')).toBe(false);
    expect(await store.image('victimA-1', 'apex')).toBeUndefined();
    expect(await store.annotations('keptB')).toHaveLength(40);
    // Whatever still speaks of it is turned away.
    bus.publish(said('victimA', 1, 'late'));
    await store.flush();
    expect(await found('victimA')).toBe(0);
    await store.close();
    expect(await found('victimA')).toBe(0);
    await open();
    expect((await store.list()).map(({ id }) => id)).toEqual(['keptB']);
  });

  it('erases what is too old, then the oldest of what is too much, and leaves live sessions', async () => {
    for (const id of ['old', 'big', 'live']) {
      store.begin({ id, name: id });
      for (let n = 1; n <= 100; n++) bus.publish(closed(id, n, 'x'.repeat(2000)));
      if (id !== 'live') bus.publish(ended(id));
      await store.flush();
    }
    const ids = async (): Promise<string[]> => (await store.list()).map(({ id }) => id);
    await new Retention(store, { days: 1, bytes: 0 }).tidy();
    expect(await ids()).toEqual(['live', 'big', 'old']);
    const half = (await store.backend.size()) - 100_000;
    await new Retention(store, { days: 0, bytes: half }).tidy();
    expect(await ids()).toEqual(['live', 'big']);
    let uptime = 0;
    const retention = new Retention(store, { days: 1, bytes: 0, uptime: () => uptime });
    await retention.tidy();
    uptime = 2 * DAY;
    await retention.tidy(Date.now() + 2 * DAY);
    expect(await ids()).toEqual(['live']);
    await new Retention(store, { days: 0, bytes: 1 }).tidy();
    expect(await ids()).toEqual(['live']);
    expect(await store.annotations('live')).toHaveLength(100);
  });

  it('takes from whoever stored most, and leaves the others theirs', async () => {
    const store100 = async (id: string, writer: string, name: string, events: number): Promise<void> => {
      store.begin({ id, name, writer, started: new Date(Date.UTC(2026, 0, 1) + (await store.list()).length * 1000).toISOString() });
      for (let n = 1; n <= events; n++) bus.publish(closed(id, n, 'x'.repeat(2000)));
      bus.publish(ended(id));
      await store.flush();
    };
    await store100('quiet1', 'quiet', 'Desk', 20);
    await store100('quiet2', 'quiet', 'Desk', 20);
    await store100('loud1', 'loud', 'Desk', 60);
    await store100('loud2', 'loud', 'Other', 150);
    await store100('loud3', 'loud', 'Other', 150);
    const ids = async (): Promise<string[]> => (await store.list()).map(({ id }) => id).sort();
    const order: string[] = [];
    for (let left = 5; left > 0; left--) {
      const before = await ids();
      await new Retention(store, { days: 0, bytes: Math.max(1, (await store.backend.size()) - 1000) }).tidy();
      const after = await ids();
      order.push(...before.filter((id) => !after.includes(id)));
    }
    expect(order).toEqual(['loud2', 'loud3', 'loud1', 'quiet1', 'quiet2']);
  });

  it('counts what is stored of a session, also across a restart, and stores no images beyond its bound', async () => {
    await store.close();
    await open({ shared: true, keepImages: true, sessionBytes: 60_000 });
    store.begin({ id: 'a', name: 'a' });
    for (let n = 1; n <= 5; n++) await store.append({ ...closed('a', n, 'x'.repeat(2000)), seq: n });
    store.addImage('a', 'a-1', 'apex', png('mark-one'));
    await store.flush();
    await store.close();
    await open({ shared: true, keepImages: true, sessionBytes: 60_000 });
    for (let n = 1; n <= 9; n++) store.addImage('a', `a-${String(n)}`, 'onset', png('mark-two'));
    await store.append({ ...ended('a'), seq: 6 });
    await store.flush();
    const [row] = await store.backend.read('size', Array<string>(5).fill('a'));
    expect(Number(row?.['bytes'])).toBeLessThan(60_000 + 2000);
    expect(Number(row?.['bytes'])).toBeGreaterThan(40_000);
    expect(await store.image('a-1', 'apex')).toBeDefined();
  });

  it('erases nothing for a clock that leapt 31 days ahead, before it has stayed so for a day', async () => {
    for (let n = 0; n < 5; n++) {
      store.begin({ id: `s${String(n)}`, name: 'n' });
      bus.publish(ended(`s${String(n)}`));
    }
    await store.flush();
    const held: boolean[] = [];
    let uptime = 0;
    const start = (): Retention => new Retention(store, { days: 30, bytes: 0, uptime: () => uptime, onHeld: (now) => held.push(now) });
    await start().tidy();
    const ahead = Date.now() + 31 * DAY;
    await start().tidy(ahead);
    // What begins under the wrong clock makes it no more credible, nor does another start.
    store.begin({ id: 'later', name: 'n', started: new Date(ahead).toISOString() });
    await store.flush();
    const retention = start();
    await retention.tidy(ahead + 1000);
    expect(await store.list()).toHaveLength(6);
    expect(held).toEqual([true, true]);
    uptime = DAY;
    await retention.tidy(ahead + DAY);
    expect(held).toEqual([true, true, false]);
    expect((await store.list()).map(({ id }) => id)).toEqual(['later']);
  });

  it('leaves out what the tables refuse, counts it, and keeps the rest of the batch', async () => {
    store.begin({ id: 'a', name: 'a' });
    await store.flush();
    const event = (session: string, seq: number) => ({ statement: 'event' as const, params: [session, seq, '{}'] });
    expect(await store.backend.write([event('a', 1), event('erased', 1), event('a', 2), event('erased', 2)])).toEqual({ refused: 2 });
    expect(await store.backend.read('events', ['a', 0, 10])).toEqual([
      { seq: 1, body: '{}' },
      { seq: 2, body: '{}' },
    ]);
    // The same batch may come twice.
    expect(await store.backend.write([event('a', 1), event('a', 2)])).toEqual({ refused: 0 });
  });

  it('pages through sessions, newest first', async () => {
    for (let n = 0; n < 5; n++) store.begin({ id: `s${String(n)}`, name: 'n', started: new Date(n < 3 ? 0 : n).toISOString() });
    for (let n = 0; n < 5; n++) bus.publish(ended(`s${String(n)}`));
    await store.flush();
    expect((await store.list({ limit: 2 })).map(({ id }) => id)).toEqual(['s4', 's3']);
    expect((await store.list({ limit: 2, before: 's3' })).map(({ id }) => id)).toEqual(['s2', 's1']);
    expect((await store.list({ limit: 2, before: 's1' })).map(({ id }) => id)).toEqual(['s0']);
  });

  it('tells of the sessions of a name, and of those that are live, as if there were no others', async () => {
    const at = (n: number): string => new Date(n * 1000).toISOString();
    for (let n = 0; n < 3; n++) store.begin({ id: `mine${String(n)}`, name: 'Desk', started: at(n) });
    for (let n = 0; n < 30; n++) store.begin({ id: `theirs${String(n)}`, name: n % 2 === 0 ? 'Other' : 'desk', started: at(10 + n) });
    for (const id of ['mine0', 'mine1', ...Array.from({ length: 29 }, (_, n) => `theirs${String(n)}`)]) bus.publish(ended(id));
    await store.flush();
    const ids = async (page: SessionPage): Promise<string[]> => (await store.list(page)).map(({ id }) => id);
    expect(await ids({ limit: 2, name: 'Desk' })).toEqual(['mine2', 'mine1']);
    expect(await ids({ limit: 2, name: 'Desk', before: 'mine1' })).toEqual(['mine0']);
    expect(await ids({ limit: 2, name: 'Desk', before: 'nobody' })).toEqual([]);
    expect(await ids({ name: 'Nobody' })).toEqual([]);
    expect(await ids({ name: '%' })).toEqual([]);
    expect(await ids({ limit: 2, state: 'live' })).toEqual(['theirs29', 'mine2']);
    expect(await ids({ limit: 1, state: 'live' })).toEqual(['theirs29']);
    expect(await ids({ limit: 1, state: 'live', before: 'theirs29' })).toEqual(['mine2']);
    expect(await ids({ state: 'live', before: 'theirs28' })).toEqual(['mine2']);
    expect(await ids({ state: 'live', before: 'mine2' })).toEqual([]);
    expect(await ids({ state: 'live', before: 'nobody' })).toEqual([]);
    expect(await ids({ state: 'live', name: 'Desk' })).toEqual(['mine2']);
    await store.close();
    await open({ shared: true });
    expect(await ids({ state: 'live' })).toEqual(['theirs29', 'mine2']);
    expect(await ids({ limit: 2, name: 'Desk' })).toEqual(['mine2', 'mine1']);
    // One that is not written yet.
    store.begin({ id: 'new', name: 'Desk' });
    expect(await ids({ limit: 2, name: 'Desk' })).toEqual(['new', 'mine2']);
    expect((await ids({ limit: 2, name: 'Other' }))[0]).toBe('theirs28');
  });

  it('ends what was live when its process was killed', async () => {
    store.begin({ id: 'a', name: 'a' });
    for (const draft of [started('a'), opened('a', 1)]) bus.publish(draft);
    await store.flush();
    await store.close();
    await open();
    expect(await store.get('a')).toMatchObject({ state: 'ended', reason: 'interrupted', annotations: { micro: 1 } });
    expect(await seqs('a')).toEqual([1, 2, 3, 4]);
    expect(await store.annotations('a')).toMatchObject([{ id: 'a-1', incomplete: ['offset', 'flow', 'mellm'] }]);
  });

  it('keeps any text, odd characters included', async () => {
    const name = 'é 😀 \' " \\ ? $1 %s \u0001';
    store.begin({ id: 'a', name });
    store.begin({ id: 'b', name: 'no\0thing' });
    bus.publish(closed('a', 1, 'nul \0 and half a pair \ud800'));
    bus.publish(ended('a'));
    bus.publish(ended('b'));
    await store.flush();
    expect(store.health()).toMatchObject({ state: 'ok', waiting: 0 });
    expect(await store.get('a')).toMatchObject({ name });
    expect(await store.get('b')).toMatchObject({ name: expect.stringMatching(/^no/) });
    expect((await store.annotations('a'))[0]?.text).toContain('nul \0 and half a pair \ud800');
  });
});

describe("a store in a folder, SQLite's own", () => {
  fresh(sqlite);

  it("says what is wrong with a folder that can't be", async () => {
    writeFileSync(join(place, 'file'), '');
    await expect(openStore(join(place, 'file', 'x'))).rejects.toMatchObject({ code: 'store_folder' });
    const bad = join(place, 'bad');
    mkdirSync(bad);
    writeFileSync(join(bad, 'mellm.db'), 'no database at all '.repeat(400));
    await expect(openStore(bad)).rejects.toMatchObject({ code: 'store_damaged', message: expect.stringContaining(bad) });
  });

  it('goes on in a new thread where the old one was lost', async () => {
    store.begin({ id: 'a', name: 'a' });
    bus.publish(closed('a', 1));
    await store.flush();
    // Its call never returns: the thread is ended in the middle of its work, as by a crash.
    await expect(store.backend.write([{ statement: 'nonsense' as never, params: [] }])).rejects.toMatchObject({ code: 'store_failed' });
    bus.publish(closed('a', 2));
    await store.flush();
    expect(await store.annotations('a')).toHaveLength(2);
  });
});

/** A file system of a few hundred kilobytes, where this user may have one. */
function tinyDisk(): string | undefined {
  const place = mkdtempSync(join(tmpdir(), 'mellm-tiny-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', place], { stdio: 'ignore' });
    return place;
  } catch {
    rmSync(place, { recursive: true, force: true });
    return undefined;
  }
}

const tiny = tinyDisk();
if (tiny === undefined) console.warn('the test of a full disk needs the right to mount a tmpfs (root); it is left out');

describe.skipIf(tiny === undefined)('a full disk', () => {
  fresh(sqlite);

  it('stops no session, is told, damages nothing, and all is written when there is room again', async () => {
    const told: string[] = [];
    await store.close();
    const filler = join(tiny!, 'filler');
    try {
      await open({ onFault: (error) => told.push(error.code), onRecovered: () => told.push('recovered') }, tiny);
      store.begin({ id: 'a', name: 'a' });
      for (let n = 1; n <= 20; n++) bus.publish(closed('a', n));
      await store.flush();
      try {
        writeFileSync(filler, Buffer.alloc(2 * 2 ** 20));
      } catch {
        /* that is the point */
      }
      expect(statSync(filler).size).toBeGreaterThan(100_000);
      const heard: number[] = [];
      bus.subscribe('a', (event) => {
        if ('seq' in event) heard.push(event.seq);
      });
      for (let n = 21; n <= 400; n++) bus.publish(closed('a', n, 'x'.repeat(500)));
      await expect.poll(() => heard.length, { timeout: 20_000 }).toBe(380);
      expect(told).toEqual(['store_full']);
      expect(store.health()).toMatchObject({ state: 'failing', detail: expect.stringContaining('no space left'), lost: 0 });
      expect(await store.annotations('a')).toHaveLength(400);
      expect(heard).toEqual(heard.map((_, i) => 21 + i));
      rmSync(filler);
      execFileSync('mount', ['-o', 'remount,size=16m', tiny!]);
      await expect.poll(() => told, { timeout: 20_000 }).toEqual(['store_full', 'recovered']);
      expect(store.health()).toMatchObject({ state: 'ok', waiting: 0, lost: 0 });
      await store.close();
      await open({}, tiny);
      expect(await store.annotations('a')).toHaveLength(400);
      expect(await seqs('a')).toEqual(Array.from({ length: 401 }, (_, i) => i + 1));
      await store.close();
    } finally {
      execFileSync('umount', ['-l', tiny!]);
      rmSync(tiny!, { recursive: true, force: true });
    }
  }, 60_000);
});
