import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ReplayPublisher } from '../../lab/bench/replay-publisher.js';
import { sampleClip } from '../../lab/bench/sample.js';
import { serve, type Served } from '../support/served.js';
import { growth, median, type Reading } from './trend.js';
import { UdpRelay } from '../support/udp-relay.js';
import { Watcher } from '../support/watcher.js';

/** Options of {@link soak}. */
export interface SoakOptions {
  readonly minutes: number;
  /** Sessions at a time. */
  readonly sessions: number;
  /** Seconds between one session's end and the next one's; each lives `sessions` times as long. Default 20. */
  readonly turn?: number;
  /** Share of datagrams lost, each way. Default 0.02. */
  readonly loss?: number;
  /** Told how it goes. Default nobody. */
  readonly onProgress?: (line: string) => void;
}

/** What a soak found. Growths are in percent from the end of the warm-up to the end of the run. */
export interface SoakFigures {
  readonly minutes: number;
  readonly sessions: number;
  readonly joined: number;
  /** Publishers that could not connect at first, as on any network that loses packets; they tried again. */
  readonly connectFailures: number;
  readonly annotations: number;
  readonly framesAnalysed: number;
  /** Thrown away by the network, both ways, and RTP packets of them that no repeat made good. */
  readonly datagramsLost: number;
  readonly packetsLost: number;
  readonly viewerReconnects: number;
  readonly rssMiB: number;
  readonly rssGrowth: number;
  readonly heapMiB: number;
  readonly heapGrowth: number;
  /** Open descriptors and active handles with no session, before and after. */
  readonly idle: {
    readonly before: { readonly fds: number; readonly handles: number };
    readonly after: { readonly fds: number; readonly handles: number };
  };
  /** Gaps in a viewer's seq, sessions that did not end, errors in the log. */
  readonly faults: readonly string[];
  readonly exitCode: number | null;
}

/** The first part of a run in which caches fill; not judged. */
const WARM_UP = 0.25;
const READ_EVERY = 5000;
const SETTLE = 6000;

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

/**
 * Sessions join and leave over a lossy network, viewers drop and come back, for minutes; then all leave, and what stays is counted.
 * The server is a process of its own.
 */
export async function soak(options: SoakOptions): Promise<SoakFigures> {
  const { minutes, sessions, turn = 20, loss = 0.02, onProgress = () => undefined } = options;
  // As it is run by default: what is found is kept in a database, not in memory.
  const data = await mkdtemp(join(tmpdir(), 'mellm-soak-'));
  const server = await serve({ MELLM_STORE_ENABLED: 'true', MELLM_STORE_PATH: data });
  const faults: string[] = [];
  const tally = { joined: 0, connectFailures: 0, reconnects: 0, lost: 0 };
  const readings: { rss: Reading[]; heap: Reading[] } = { rss: [], heap: [] };
  const began = performance.now();
  const elapsed = (): number => (performance.now() - began) / 60_000;
  let stopping = false;
  try {
    // One session first: what is loaded on first use is no leak.
    await oneSession(server, { seconds: Math.min(turn, 10), loss, leave: 'delete', faults, tally });
    await pause(SETTLE);
    const before = await idle(server);
    const slots = Array.from({ length: sessions }, async (_, slot) => {
      await pause(slot * turn * 1000);
      for (let n = slot; !stopping; n++) {
        await oneSession(server, {
          seconds: turn * sessions,
          loss,
          leave: n % 4 === 3 ? 'die' : 'delete',
          faults,
          tally,
          stopped: () => stopping,
        });
      }
    });
    while (elapsed() < minutes) {
      await pause(READ_EVERY);
      const value = await server.scrape();
      const at = elapsed();
      readings.rss.push({
        minutes: at,
        value: (value('process_resident_memory_bytes') + value('mellm_media_resident_memory_bytes')) / 2 ** 20,
      });
      readings.heap.push({ minutes: at, value: value('nodejs_heap_size_used_bytes') / 2 ** 20 });
      if (readings.rss.length % 12 === 0) {
        onProgress(
          `${at.toFixed(1)} min: ${String(tally.joined)} sessions joined, ${String(value('mellm_sessions_active'))} live, rss ${(readings.rss.at(-1)?.value ?? 0).toFixed(0)} MiB, heap ${(readings.heap.at(-1)?.value ?? 0).toFixed(1)} MiB, fds ${String(value('process_open_fds'))}, faults ${String(faults.length)}`,
        );
      }
    }
    const last = await server.scrape();
    stopping = true;
    await Promise.all(slots);
    const after = await settled(server, before);
    const judged = (all: readonly Reading[]): Reading[] => all.filter((reading) => reading.minutes >= minutes * WARM_UP);
    const exitCode = await server.stop();
    return {
      minutes: Number(elapsed().toFixed(1)),
      sessions,
      joined: tally.joined,
      connectFailures: tally.connectFailures,
      annotations: last('mellm_annotations_total'),
      framesAnalysed: last('mellm_stage_duration_seconds_count', 'stage="track"'),
      datagramsLost: tally.lost,
      packetsLost: last('mellm_rtp_packets_lost_total'),
      viewerReconnects: tally.reconnects,
      rssMiB: Math.round(median(judged(readings.rss).map(({ value }) => value))),
      rssGrowth: Number(growth(judged(readings.rss)).toFixed(2)),
      heapMiB: Number(median(judged(readings.heap).map(({ value }) => value)).toFixed(1)),
      heapGrowth: Number(growth(judged(readings.heap)).toFixed(2)),
      idle: { before, after },
      faults: [...faults, ...server.complaints],
      exitCode,
    };
  } finally {
    stopping = true;
    server.process.kill('SIGKILL');
    await ReplayPublisher.cleanup();
    await rm(data, { recursive: true, force: true });
  }
}

interface SessionRun {
  readonly seconds: number;
  readonly loss: number;
  readonly leave: 'delete' | 'die';
  readonly faults: string[];
  readonly tally: { joined: number; connectFailures: number; reconnects: number; lost: number };
  readonly stopped?: () => boolean;
}

/** One publisher with two viewers, one of them restless, from joining to the last event. */
async function oneSession(server: Served, { seconds, loss, leave, faults, tally, stopped = () => false }: SessionRun): Promise<void> {
  const relay = await UdpRelay.start({ loss });
  const watchers: Watcher[] = [];
  try {
    const publisher = await ReplayPublisher.start({
      server: server.url,
      file: sampleClip(),
      name: `soak-${String(tally.joined)}`,
      route: relay.route,
    });
    tally.joined++;
    watchers.push(
      new Watcher(server.url, publisher.session),
      new Watcher(server.url, publisher.session, { restless: 5000 + Math.random() * 4000 }),
    );
    for (let waited = 0; waited < seconds && !stopped(); waited++) await pause(1000);
    if (leave === 'die') publisher.die();
    else await publisher.close();
    // Who vanishes is missed after the media timeout; then annotations still close.
    const deadline = Date.now() + 45_000;
    while (watchers.some(({ ended }) => !ended) && Date.now() < deadline) await pause(100);
    for (const watcher of watchers) {
      tally.reconnects += watcher.reconnects;
      faults.push(...watcher.faults);
      if (!watcher.ended) faults.push(`viewer of ${watcher.session}: was not told of the end`);
    }
    const [first, second] = watchers;
    if (first && second && first.seq !== second.seq)
      faults.push(`viewers of ${first.session} saw ${String(first.seq)} and ${String(second.seq)} events`);
    if (!first?.ephemeral.track)
      faults.push(
        `session ${publisher.session} was never tracked; it ended with ${JSON.stringify(first?.ended ?? null)} and the log ${JSON.stringify(server.about(publisher.session))}`,
      );
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (message.startsWith('no connection')) tally.connectFailures++;
    else faults.push(`a session failed: ${message}`);
    await pause(2000);
  } finally {
    for (const watcher of watchers) watcher.close();
    tally.lost += relay.lost;
    relay.close();
  }
}

async function idle(server: Served): Promise<{ fds: number; handles: number }> {
  const value = await server.scrape();
  return { fds: value('process_open_fds'), handles: value('nodejs_active_handles_total') };
}

/** The same once what closes late has closed. */
async function settled(server: Served, before: { fds: number; handles: number }): Promise<{ fds: number; handles: number }> {
  const deadline = Date.now() + 15_000;
  for (;;) {
    const now = await idle(server);
    if ((now.fds <= before.fds && now.handles <= before.handles) || Date.now() > deadline) return now;
    await pause(500);
  }
}
