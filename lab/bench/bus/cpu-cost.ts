import { sampleClip } from '../sample.js';
import { ReplayPublisher } from '../replay-publisher.js';
import { scrape } from '../live.js';
import { pause } from '../clock.js';
import { round, sum } from '../statistics.js';
import { AlertViewer } from './alert-viewer.js';
import type { BenchNats } from './bench-nats.js';
import { cpuClock } from './cpu.js';
import { Installation } from './installation.js';
import { wireCensus } from './wire-census.js';

/** Rounds; in each, both arrangements have a turn of one loop of the sample clip. */
const ROUNDS = 4;
const SETTLE = 7000;
/** Milliseconds of the sample clip. */
const LOOP = 14_000;

interface Turn {
  readonly seconds: number;
  readonly cpu: Readonly<Record<string, number>>;
  readonly alerts: number;
}

/**
 * CPU of live sessions, by the CPU seconds of all processes: one that does everything, against one for each role, two for viewers and
 * nats-server. Real publishers of the sample clip, one viewer of all sessions; the arrangements take turns.
 */
export async function cpuCost(nats: BenchNats, sessions: number): Promise<Record<string, number>> {
  const alone = new Installation();
  const spread = new Installation(nats.url);
  const turns: { one: Turn[]; bus: Turn[] } = { one: [], bus: [] };
  try {
    const all = await alone.serve();
    const [flow, llm] = [await spread.serve(['flow']), await spread.serve(['llm'])];
    for (const roles of [['store'], ['api']] as const) await spread.serve(roles);
    const [api, ingest] = [await spread.serve(['api']), await spread.serve(['ingest'])];
    const bus = {
      publishTo: ingest.url,
      watchAt: api.url,
      pids: { ...spread.pids, ...(nats.pid === undefined ? {} : { 'nats-server': nats.pid }) },
    };
    const one = { publishTo: all.url, watchAt: all.url, pids: alone.pids };
    const idle = await measured(bus.pids, () => pause(LOOP));
    for (let i = 0; i < ROUNDS; i++) {
      for (const name of i % 2 === 0 ? (['one', 'bus'] as const) : (['bus', 'one'] as const))
        turns[name].push(await turn(name === 'one' ? one : bus, sessions));
    }
    const unwatched = await onTheWire(nats, ingest.url, sessions);
    const census = await withPublishers(ingest.url, sessions, () => wireCensus(nats.url, spread.prefix, 2 * LOOP));
    const jobs = async (url: string, queue: string): Promise<number> =>
      (await scrape(url))('mellm_jobs_total', `queue="${queue}",result="done"`);
    const [pairs, texts] = [await jobs(flow.url, 'flow'), await jobs(llm.url, 'llm')];
    const perMinute = (of: readonly Turn[], name?: string): number =>
      (sum(of.map(({ cpu, seconds }) => (name === undefined ? sum(Object.values(cpu)) : (cpu[name] ?? 0)) / seconds)) /
        of.length /
        sessions) *
      60;
    const [cost, costOfBus] = [perMinute(turns.one), perMinute(turns.bus)];
    const alerts = (of: readonly Turn[]): number =>
      (sum(of.map((one) => one.alerts)) / sum(of.map(({ seconds }) => seconds)) / sessions) * 60;
    return {
      'sessions at a time': sessions,
      'turns of each, 14 s': ROUNDS,
      'CPU s a session-minute, one process': round(cost, 2),
      'CPU s a session-minute, NATS, all processes': round(costOfBus, 2),
      'added by NATS, % (target 10)': round(100 * (costOfBus / cost - 1)),
      ...Object.fromEntries(
        Object.keys(bus.pids).map((name) => [`  ${name}, % of all over NATS`, round((100 * perMinute(turns.bus, name)) / costOfBus)]),
      ),
      ...Object.fromEntries(
        Object.keys(bus.pids).map((name) => [`  ${name}, cores without sessions`, round((idle.cpu[name] ?? NaN) / idle.seconds, 4)]),
      ),
      'alerts a session-minute, one process': round(alerts(turns.one), 2),
      'alerts a session-minute, NATS': round(alerts(turns.bus), 2),
      'flow jobs an alert': round(pairs / texts, 2),
      ...unwatched,
      ...census,
    };
  } finally {
    await alone.close();
    await spread.close();
    await ReplayPublisher.cleanup();
  }
}

async function turn(
  {
    publishTo,
    watchAt,
    pids,
  }: { readonly publishTo: string; readonly watchAt: string; readonly pids: Readonly<Record<string, number | undefined>> },
  sessions: number,
): Promise<Turn> {
  const viewer = await AlertViewer.watch(watchAt);
  try {
    return await withPublishers(publishTo, sessions, async () => {
      const before = viewer.alerts;
      const { seconds, cpu } = await measured(pids, () => pause(LOOP));
      return { seconds, cpu, alerts: viewer.alerts - before };
    });
  } finally {
    viewer.close();
  }
}

async function measured(pids: Readonly<Record<string, number | undefined>>, work: () => Promise<unknown>): Promise<Omit<Turn, 'alerts'>> {
  const from = performance.now();
  const clock = cpuClock(pids);
  await work();
  return { cpu: clock(), seconds: (performance.now() - from) / 1000 };
}

/** Does something while so many publishers send, the same part of the clip each time. */
async function withPublishers<T>(server: string, sessions: number, work: () => Promise<T>): Promise<T> {
  const publishers: ReplayPublisher[] = [];
  try {
    for (let i = 0; i < sessions; i++)
      publishers.push(await ReplayPublisher.start({ server, file: sampleClip(), name: `bench-${String(i)}` }));
    await pause(SETTLE);
    return await work();
  } finally {
    await Promise.all(publishers.map((publisher) => publisher.close()));
    // The last alerts are finished before anyone else's time is taken.
    await pause(2000);
  }
}

/** What nats-server takes in and gives out for a session that nobody watches. */
async function onTheWire(nats: BenchNats, server: string, sessions: number): Promise<Record<string, number>> {
  if (nats.pid === undefined) return {};
  return withPublishers(server, sessions, async () => {
    const before = await nats.traffic();
    await pause(LOOP);
    const after = await nats.traffic();
    if (!before || !after) return {};
    const each = (counter: keyof typeof after): number => ((after[counter] - before[counter]) / sessions / LOOP) * 1000;
    return {
      'unwatched: messages/s a session into nats-server': round(each('inMessages'), 2),
      'unwatched: kB/s a session into nats-server': round(each('inBytes') / 1000, 2),
      'unwatched: messages/s a session out of it': round(each('outMessages'), 2),
      'unwatched: kB/s a session out of it': round(each('outBytes') / 1000, 2),
    };
  });
}
