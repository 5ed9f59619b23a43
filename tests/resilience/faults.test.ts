import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Annotation, Event } from '../../src/events/mod.js';
import { ReplayPublisher } from '../../lab/bench/replay-publisher.js';
import { sampleClip } from '../../lab/bench/sample.js';
import { chunk, begin, mockServer, type MockServer } from '../support/mock-llm-server.js';
import type { MellmServer } from '../../src/server/mod.js';
import { StoreError } from '../../src/store/mod.js';
import { SqliteBackend } from '../../src/store/sqlite/sqlite-backend.js';
import { startServer } from '../support/start-server.js';
import { CRASH, HANG, inThread } from '../support/in-thread.js';
import { mediaProcesses } from '../support/media-process.js';
import { UdpRelay } from '../support/udp-relay.js';
import { Watcher } from '../support/watcher.js';

/** One session lives through what is done to the parts around it; the language model's server misbehaves all the while. */

/** How often each part is cut; `npm run test:faults -- --rounds N` sets it, and with it every kind of fault. Without it the short form runs. */
const rounds = Number(process.env['MELLM_FAULTS_ROUNDS'] ?? 1);
const whole = process.env['MELLM_FAULTS_ROUNDS'] !== undefined;

type Closed = Extract<Event, { type: 'annotation.closed' }>;

let data: string;
let llm: MockServer;
let server: MellmServer;
let relay: UdpRelay;
let publisher: ReplayPublisher;
let watcher: Watcher;
let stalled: Watcher;

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

beforeAll(async () => {
  llm = await mockServer((response, _body, count) => {
    if (count % 3 === 1) {
      response.destroy();
      return;
    } // dies
    if (count % 3 === 2) {
      begin(response);
      return;
    } // hangs
    begin(response);
    response.end(`${chunk('\u0000{]] lorem AU999 \ud83d', 'stop')}data: {not json\n\ndata: [DONE]\n\n`); // answers nonsense
  });
  data = await mkdtemp(join(tmpdir(), 'mellm-faults-'));
  server = await startServer({
    store: { enabled: true, path: data },
    server: { hang_ms: 5000 },
    webrtc: { media_timeout_ms: 8000 },
    llm: { url: llm.url, model: 'mock' },
  });
  relay = await UdpRelay.start();
  publisher = await ReplayPublisher.start({ server: server.url, file: sampleClip(), name: 'faults', route: relay.route });
  watcher = new Watcher(server.url, publisher.session, { keep: true });
  stalled = new Watcher(server.url, publisher.session);
  await watcher.until(({ type }) => type === 'track', 'track');
});

afterAll(async () => {
  watcher.close();
  stalled.close();
  relay.close();
  await server.close();
  await llm.close();
  await rm(data, { recursive: true, force: true });
});

/** The first event from now on that fits. */
function next<E extends Event = Event>(fits: (event: Event) => boolean, what: string, ms?: number): Promise<E> {
  const from = new Set(watcher.events);
  return watcher.until<E>((event) => !from.has(event) && fits(event), what, ms);
}
const error = (code: string, ms?: number): Promise<Event> =>
  next((event) => event.type === 'error' && event.code === code, `error ${code}`, ms);
const closed = (): Promise<Closed> =>
  next<Closed>((event) => event.type === 'annotation.closed' && event.annotation.withdrawn === undefined, 'closed annotation', 45_000);

/** Publishes as soon as there is a media process again, as a publisher told 503 would. */
async function publish(): Promise<ReplayPublisher> {
  for (const deadline = Date.now() + 20_000; ;) {
    try {
      return await ReplayPublisher.start({ server: server.url, file: sampleClip() });
    } catch (problem) {
      if (Date.now() > deadline || !String(problem).includes('too_many')) throw problem;
      await pause(250);
    }
  }
}

/** Threads of a kind that were replaced so far. */
async function restarts(worker: string): Promise<number> {
  return (await server.metrics.workerRestarts.get()).values.find(({ labels }) => labels.worker === worker)?.value ?? 0;
}

describe.each(Array.from({ length: rounds }, (_, round) => round + 1))('a session goes on (round %i) when', () => {
  it.each([['dies', CRASH], ...(whole ? [['hangs', HANG]] : [])] as [string, string][])(
    'the flow thread %s: the next alert has its flow',
    async (_how, fault) => {
      const before = await restarts('flow');
      expect(await inThread('flow.worker.js', fault)).toBe(1);
      // One that was being measured meanwhile may close without.
      const { annotation } = await next<Extract<Event, { type: 'annotation.opened' }>>(
        ({ type }) => type === 'annotation.opened',
        'opened annotation',
        45_000,
      );
      const closing = await next<Closed>(
        (event) => event.type === 'annotation.closed' && event.annotation.id === annotation,
        'its end',
        45_000,
      );
      if (closing.annotation.withdrawn === undefined) expect(closing.annotation.source.flow).toMatch(/@/);
      expect(await restarts('flow')).toBe(before + 1);
    },
    60_000,
  );

  it.each([['die', CRASH], ...(whole ? [['hang', HANG]] : [])] as [string, string][])(
    "the threads of MELLM and of the regions' measures %s: the alerts after it have text",
    async (_how, fault) => {
      const before = [await restarts('mellm'), await restarts('flow-report')];
      expect((await inThread('mellm.worker.js', fault)) + (await inThread('flow-report.worker.js', fault))).toBe(2);
      await expect
        .poll(async () => [await restarts('mellm'), await restarts('flow-report')], { timeout: 15_000 })
        .toEqual(before.map((count) => count + 1));
      await pause(1500);
      const { annotation } = await closed();
      expect(annotation.source.mellm).not.toBeNull();
      expect(annotation.text).not.toBe('');
    },
    60_000,
  );

  it('the disk is full for a while: alerts are still told, and so are the fault and its end', async () => {
    const [failed, recovered] = [error('store_full', 40_000), error('store_recovered', 60_000)];
    const write = vi
      .spyOn(SqliteBackend.prototype, 'write')
      .mockImplementation(() => Promise.reject(new StoreError('store_full', 'the disk is full')));
    try {
      await failed;
      expect((await closed()).annotation.id).toBeTruthy();
    } finally {
      write.mockRestore();
    }
    await recovered;
  }, 90_000);

  it("the store's thread dies", async () => {
    const before = await restarts('store');
    expect(await inThread('sqlite.worker.js', CRASH)).toBe(1);
    expect((await closed()).annotation.id).toBeTruthy();
    expect(await restarts('store')).toBe(before + 1);
  }, 60_000);

  it('the network is cut for some seconds', async () => {
    relay.cut();
    await pause(2500);
    relay.fix();
    await next(({ type }) => type === 'track', 'track after the cut');
    expect(watcher.ended).toBeUndefined();
  });

  it('a viewer stalls: it misses nothing in the end, and others did not wait for it', async () => {
    stalled.stall();
    await closed();
    expect(stalled.seq).toBeLessThan(watcher.seq);
    stalled.resume();
    await expect.poll(() => stalled.seq, { timeout: 10_000 }).toBeGreaterThanOrEqual(watcher.seq - 2);
  }, 60_000);
});

describe('a session ends, its viewers are told why and a new one is taken, when', () => {
  it('the media process dies', async () => {
    const failed = error('source_media_process_died');
    expect(mediaProcesses()).toHaveLength(1);
    process.kill(mediaProcesses()[0] ?? 0, 'SIGSEGV');
    await failed;
    await watcher.until(({ type }) => type === 'session.ended', 'session.ended', 40_000);
    expect(watcher.ended?.reason).toBe('media_process_died');
    publisher.die();
    expect([...watcher.faults, ...stalled.faults]).toEqual([]);
    const opened = watcher.events.flatMap((event) => (event.type === 'annotation.opened' ? [event.annotation] : []));
    const done = watcher.events.flatMap((event) => (event.type === 'annotation.closed' ? [event.annotation] : []));
    expect(done.map(({ id }) => id).sort()).toEqual(opened.sort());
    // All that was told is kept, whatever was done to the store.
    const kept = (await (await fetch(`${server.url}/api/sessions/${publisher.session}/annotations`)).json()) as
      Annotation[] | { annotations: Annotation[] };
    expect((Array.isArray(kept) ? kept : kept.annotations).map(({ id }) => id).sort()).toEqual(
      done
        .filter(({ withdrawn }) => withdrawn === undefined)
        .map(({ id }) => id)
        .sort(),
    );
    // Every misbehaviour was met, and each alert was described all the same.
    expect(llm.requests.length).toBeGreaterThanOrEqual(3);
  }, 60_000);

  it('the media process hangs, or the publisher vanishes', async () => {
    const again = await publish();
    const viewer = new Watcher(server.url, again.session, { keep: true });
    await viewer.until(({ type }) => type === 'track', 'track');
    process.kill(mediaProcesses()[0] ?? 0, 'SIGSTOP');
    expect(
      await viewer.until((event) => event.type === 'error' && event.code === 'source_media_process_died', 'source_media_process_died'),
    ).toMatchObject({ message: expect.stringContaining('did not answer') });
    again.die();
    viewer.close();
    const third = await publish();
    const last = new Watcher(server.url, third.session, { keep: true });
    await last.until(({ type }) => type === 'track', 'track');
    third.die();
    await last.until(({ type }) => type === 'session.ended', 'session.ended', 30_000);
    last.close();
  }, 90_000);

  it('the server shuts down: no new ones, viewers told, alerts in work finished', async () => {
    const one = await publish();
    const viewer = new Watcher(server.url, one.session, { keep: true });
    await viewer.until(({ type }) => type === 'annotation.opened', 'opened', 40_000);
    const closing = server.close();
    const [ready, whip] = await Promise.all([
      fetch(`${server.url}/readyz`),
      fetch(`${server.url}/whip`, { method: 'POST', headers: { 'content-type': 'application/sdp' }, body: 'v=0' }),
    ]);
    for (const response of [ready, whip]) {
      expect(response.status).toBe(503);
      expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(await response.json()).toMatchObject({ code: 'draining' });
    }
    await closing;
    expect(viewer.durable.filter(({ type }) => type === 'error')).toMatchObject([{ code: 'server_draining' }]);
    expect(viewer.ended?.reason).toBe('shutdown');
    const count = (type: Event['type']): number => viewer.events.filter((event) => event.type === type).length;
    expect(count('annotation.closed')).toBe(count('annotation.opened'));
    one.die();
    viewer.close();
  }, 90_000);
});
