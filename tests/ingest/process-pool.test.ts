import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EndReason } from '../../src/ingest/contract.js';
import type { IngestKit } from '../../src/ingest/ingest-kit.js';
import { IngestPool, type Publication } from '../../src/ingest/ingest-pool.js';
import type { IngestHandlers } from '../../src/ingest/live-protocol.js';
import { LiveSource } from '../../src/ingest/live-source.js';

let folder: string;
let pool: IngestPool | undefined;
const crashes: Error[] = [];
const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pool-'));
  crashes.length = 0;
});
afterEach(async () => {
  await pool?.close();
  pool = undefined;
  rmSync(folder, { recursive: true });
});

const order = (what: 'fail' | 'hang'): void => {
  writeFileSync(join(folder, what), '');
};
const recall = (what: 'fail' | 'hang'): void => {
  rmSync(join(folder, what));
};
const starts = (): number[] => readFileSync(join(folder, 'starts'), 'utf8').trim().split('\n').map(Number);
const alive = (): number[] =>
  starts().filter((pid) => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  });

async function start(workers: number, more: Partial<IngestKit<IngestHandlers, LiveSource>> = {}): Promise<IngestPool> {
  const kit: IngestKit<IngestHandlers, LiveSource> = {
    name: 'fake',
    noun: 'fake process',
    carrier: 'process',
    url: new URL('./pool-worker.js', import.meta.url),
    data: () => ({ folder }),
    lost: 'media_process_died',
    growAt: 2,
    source: (feed) => new LiveSource(feed),
    ...more,
  };
  return (pool = await IngestPool.startWith(kit, {
    workers,
    ice: { host: '127.0.0.1' },
    hangTimeout: 1000,
    onCrash: (_name, error) => crashes.push(error),
  }));
}

/** However slowly this machine starts a process, publishers wait for it. */
const PATIENT = { growWaitMs: 60_000 };

const publish = (): Promise<Publication> => (pool as IngestPool).publish('offer', { sessionKey: 'a' });

/** Kills the only process; resolves when another is ready. */
async function crash(): Promise<void> {
  const [pid = 0] = alive();
  const before = crashes.length;
  process.kill(pid, 'SIGSEGV');
  await expect.poll(() => crashes.length).toBe(before + 1);
  await publish();
}

describe('a pool of processes', () => {
  it('spreads publishers that come all at once: none of those that wait for the same process is one too many', async () => {
    await start(4, PATIENT);
    await Promise.all(Array.from({ length: 8 }, publish));
    expect(pool?.workers.map(({ sessions }) => sessions)).toEqual([2, 2, 2, 2]);
  });

  it('has another process ready within two seconds, for the fourth crash in a row too', async () => {
    await start(1);
    for (let i = 0; i < 4; i++) {
      await pause(1500);
      const from = performance.now();
      await crash();
      expect(performance.now() - from, `crash ${String(i + 1)}`).toBeLessThan(2000);
    }
  });

  it('answers a publisher that comes while nobody knows yet that the process has died', async () => {
    await start(1);
    for (let i = 0; i < 3; i++) {
      await pause(1500);
      process.kill(alive()[0] ?? 0, 'SIGKILL');
      expect((await publish()).answer).toMatch(/^answer/);
    }
    expect(crashes).toHaveLength(3);
  });

  it('starts one process in the place of one that dies while it starts, whoever asks meanwhile', async () => {
    await start(1);
    order('fail');
    await expect(crash()).rejects.toMatchObject({ code: 'too_many' });
    recall('fail');
    await Promise.all([publish(), publish(), publish()]);
    await pause(500);
    expect(alive()).toHaveLength(1);
    expect(pool?.workers).toHaveLength(1);
    // Tried again and again within five seconds, and ever more seldom.
    expect(starts().length).toBeGreaterThan(4);
    expect(starts().length).toBeLessThan(10);
  }, 20_000);

  it('ends the sessions of a process that hangs, and says so', async () => {
    await start(1);
    const ends: [EndReason, string | undefined][] = [];
    const { source } = await publish();
    source.start((event) => {
      if (event.type === 'end') ends.push([event.reason, event.message]);
    });
    const [pid = 0] = alive();
    process.kill(pid, 'SIGSTOP');
    await expect
      .poll(() => ends, { timeout: 5000 })
      .toEqual([['media_process_died', expect.stringContaining('did not answer for 1000 ms')]]);
    await publish();
    expect(alive()).not.toContain(pid);
  });

  it('closes at once while a process starts that never gets ready, and within seconds where one hangs', async () => {
    await start(2, PATIENT);
    order('hang');
    await Promise.all([publish(), publish()]);
    const waiting = publish().catch((error: unknown) => error);
    await expect.poll(() => starts()).toHaveLength(2);
    for (const pid of alive().slice(0, 1)) process.kill(pid, 'SIGSTOP');
    const from = performance.now();
    await pool?.close();
    expect(performance.now() - from).toBeLessThan(15_000);
    expect(await waiting).toMatchObject({ code: 'too_many' });
    await expect.poll(alive).toEqual([]);
  });

  it("rejects where a process can't even be started, and leaves nothing that fails later", async () => {
    await expect(start(1, { env: { BROKEN: '\0' } })).rejects.toThrow(/null bytes/);
  });
});
