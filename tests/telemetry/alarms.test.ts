import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Event } from '../../src/events/mod.js';
import { ReplayPublisher } from '../../lab/bench/replay-publisher.js';
import { sampleClip } from '../../lab/bench/sample.js';
import type { Frame } from '../../src/ingest/contract.js';
import type { MellmServer } from '../../src/server/mod.js';
import { StoreError } from '../../src/store/mod.js';
import { SqliteBackend } from '../../src/store/sqlite/sqlite-backend.js';
import { CRASH, inThread, sleep } from '../support/in-thread.js';
import { inProcess, mediaProcesses, stallAnalysis } from '../support/media-process.js';
import { UdpRelay } from '../support/udp-relay.js';
import { Watcher } from '../support/watcher.js';
import { startServer } from '../support/start-server.js';
import { Prometheus, prometheusMissing } from './prometheus.js';

// Alarms of one process that the healthy server of real-prometheus.test.ts can't give: each fault is caused, and its alarm awaited.

const missing = prometheusMissing();
if (missing !== undefined) console.warn(missing);

/** Seconds that the rules look back here. */
const WINDOW = 8;
/** Files that this process may open, beside those of the test's own program. */
const FILES = 300;

const OPEN = '/proc/self/fd';
const open = (): number => readdirSync(OPEN).length;

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

/** Two seconds of a camera with its lid on. */
async function darkClip(file: string): Promise<void> {
  const { writeWebm } = (await import(new URL('../../scripts/data/sample/encode.js', import.meta.url).href)) as {
    writeWebm: (file: string, frames: Iterable<Frame>, options: object) => void;
  };
  const [width, height, fps] = [320, 240, 30];
  const data = new Uint8Array(width * height * 1.5).fill(128);
  data.fill(16, 0, width * height);
  writeWebm(
    file,
    Array.from({ length: 2 * fps }, (_, index) => ({ index, t: index / fps, width, height, data, receivedAt: 0, decodeMs: 0 })),
    { width, height, fps, bitRate: 100_000 },
  );
}

/** RTP with an even sequence number, sent again or not (RFC 3550 section 5.1; RFC 5761 section 4 tells it from RTCP). */
function everySecondPacket(datagram: Buffer): boolean {
  const [first = 0, second = 0] = datagram;
  return first >= 128 && first < 192 && !(second >= 192 && second < 224) && datagram.readUInt16BE(2) % 2 === 0;
}

describe.skipIf(missing !== undefined)('alarms fire when', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mellm-alarms-'));
  /** Alarms that have fired, with what they said. */
  const fired = new Map<string, Readonly<Record<string, string>>>();
  const fires = async (name: string): Promise<string> =>
    await vi.waitFor(
      () => {
        const found = fired.get(name);
        expect(found, name).toBeDefined();
        expect(found?.['runbook_url']).toBe(`docs/runbook.md#${name.toLowerCase()}`);
        return found?.['summary'] ?? '';
      },
      { timeout: 60_000, interval: 200 },
    );

  let server: MellmServer;
  let prometheus: Prometheus;
  let looking: NodeJS.Timeout;
  let publisher: ReplayPublisher;
  let watcher: Watcher;
  /** Files that this process may have open in all; undefined where they can't be bounded. */
  let most: number | undefined;

  beforeAll(async () => {
    if (existsSync(OPEN)) {
      most = open() + FILES;
      if (spawnSync('prlimit', ['--pid', String(process.pid), `--nofile=${String(most)}:`]).status !== 0) most = undefined;
    }
    await darkClip(join(folder, 'dark.webm'));
    // Threads that sleep come back by themselves: they are not to be taken for dead.
    server = await startServer({ store: { enabled: true, path: join(folder, 'store') }, server: { hang_ms: 60_000 } });
    prometheus = await Prometheus.start([new URL(server.url).host], WINDOW);
    looking = setInterval(() => {
      void prometheus.firing().then(
        (now) => {
          for (const [name, told] of now) fired.set(name, told);
        },
        () => undefined,
      );
    }, 300);
  });
  afterAll(async () => {
    clearInterval(looking);
    watcher.close();
    publisher.die();
    await server.close();
    await prometheus.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('a camera is covered, its network loses every second packet, and files run out', async () => {
    let lossy = false;
    const relay = await UdpRelay.start({ loses: (datagram, way) => lossy && way === 'up' && everySecondPacket(datagram) });
    const dark = await ReplayPublisher.start({ server: server.url, file: join(folder, 'dark.webm'), route: relay.route });
    const sockets: Socket[] = [];
    try {
      expect(await fires('MellmNoFaces')).toContain('no face');
      for (const name of ['MellmPacketLoss', 'MellmFilesRunOut']) expect(fired.has(name), name).toBe(false);
      lossy = true;
      if (most !== undefined) {
        // Each is open here twice: at both of its ends.
        for (let i = (0.9 * most - open()) / 2; i > 0; i--)
          sockets.push(connect(Number(new URL(server.url).port), '127.0.0.1').on('error', () => undefined));
        expect(await fires('MellmFilesRunOut')).toMatch(/(8|9)\d(\.\d+)?%|100%/);
      }
      expect(await fires('MellmPacketLoss')).toMatch(/loses \S+ packets/);
    } finally {
      for (const socket of sockets) socket.destroy();
      await dark.close();
      relay.close();
    }
  }, 120_000);

  it('the disk is slow, and then full', async () => {
    // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its own `this` below
    const real = SqliteBackend.prototype.write;
    const write = vi.spyOn(SqliteBackend.prototype, 'write').mockImplementation(async function (this: SqliteBackend, batch) {
      await pause(800);
      return await real.call(this, batch);
    });
    try {
      publisher = await ReplayPublisher.start({ server: server.url, file: sampleClip() });
      watcher = new Watcher(server.url, publisher.session, { keep: true });
      expect(await fires('MellmStoreSlow')).toContain('A commit of the store');
      expect(fired.has('MellmStoreFails')).toBe(false);
      write.mockImplementation(() => Promise.reject(new StoreError('store_full', 'the disk is full')));
      expect(await fires('MellmStoreFails')).toContain('not persisted');
    } finally {
      write.mockRestore();
    }
  }, 120_000);

  it('the language model is slow to begin, no frame is analysed, the main thread hangs, and memory is held', async () => {
    // A server that has just begun grows too.
    fired.delete('MellmMemoryGrows');
    const held = Buffer.alloc(Math.round(0.8 * process.memoryUsage.rss()), 1);
    const count = watcher.events.length;
    const next = <E extends Event>(fits: (event: Event) => boolean, what: string): Promise<E> =>
      watcher.until<E>((event) => watcher.events.indexOf(event) >= count && fits(event), what, 60_000);
    const { annotation } = await next<Extract<Event, { type: 'annotation.opened' }>>(
      ({ type }) => type === 'annotation.opened',
      'annotation',
    );
    expect(await inThread('mellm.worker.js', sleep(13_000))).toBe(1);
    // It is asked as soon as flow is measured.
    await next((event) => event.type === 'annotation.updated' && event.annotation === annotation && event.flow !== undefined, 'flow');
    // Its boundaries are final while frames are still analysed: without them it is not described.
    await next((event) => event.type === 'annotation.updated' && event.annotation === annotation && event.offset !== undefined, 'offset');
    expect(fired.has('MellmBlind')).toBe(false);
    await inProcess(mediaProcesses()[0] ?? 0, stallAnalysis(1000 * (WINDOW + 6)));
    for (let i = 0; i < 6; i++) {
      const until = performance.now() + 500;
      while (performance.now() < until) {
        /* the fault: main works instead of listening */
      }
      await pause(50);
    }
    expect(await fires('MellmEventLoopLag')).toMatch(/blocks for \S+/);
    expect(await fires('MellmBlind')).toContain('none is analysed');
    expect(await fires('MellmFramesDropped')).toMatch(/drops \S+%/);
    expect(await fires('MellmLlmSlow')).toMatch(/takes \S+ to its first token/);
    expect(await fires('MellmMemoryGrows')).toContain('1.5 times as much memory');
    expect(held.at(-1)).toBe(1);
  }, 180_000);

  it('MEFlowNet hangs: pairs wait until they are discarded, and annotations close without flow', async () => {
    for (const name of ['MellmFlowQueue', 'MellmFlowSilent']) expect(fired.has(name), name).toBe(false);
    const more = await Promise.all([1, 2].map(() => ReplayPublisher.start({ server: server.url, file: sampleClip() })));
    try {
      // Beyond the ten seconds that a pair may wait, for as long as the rules look back, and less than a hang may last here.
      expect(await inThread('flow.worker.js', sleep(35_000))).toBe(1);
      expect(await fires('MellmFlowQueue')).toContain('are discarded');
      expect(await fires('MellmFlowSilent')).toContain('without flow');
    } finally {
      await Promise.all(more.map((one) => one.close()));
    }
  }, 120_000);

  it('a thread dies, and a media process with its session', async () => {
    for (const name of ['MellmWorkerRestarts', 'MellmSessionsFail']) expect(fired.has(name), name).toBe(false);
    expect(await inThread('flow-report.worker.js', CRASH)).toBe(1);
    expect(await fires('MellmWorkerRestarts')).toContain('A flow-report worker');
    process.kill(mediaProcesses()[0] ?? 0, 'SIGSEGV');
    expect(await fires('MellmSessionsFail')).toContain('Sessions fail');
  }, 120_000);
});
