import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import WebSocket from 'ws';
import { SUBPROTOCOL, type Event } from '../../src/events/mod.js';
import { pause } from './clock.js';
import { quantile, round } from './statistics.js';
import { ReplayPublisher } from './replay-publisher.js';
import type { BenchOptions, BenchResult } from './result.js';
import { binary, sampleClip } from './sample.js';

const SETTLE_SECONDS = 8;

export interface Served {
  readonly url: string;
  readonly process: ChildProcess;
  stop(): Promise<void>;
}

/**
 * Starts a server of its own process, so that its CPU and memory can be told from the publisher's. @param core the only one that it may use
 */
export async function serve(env: NodeJS.ProcessEnv = {}, core?: number): Promise<Served> {
  const command = [process.execPath, binary(), 'serve', '--port', '0'];
  const [program = '', ...args] = core === undefined ? command : ['taskset', '--cpu-list', String(core), ...command];
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, MELLM_LOG_LEVEL: 'warn', MELLM_STORE_ENABLED: 'false', ...env },
  });
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const found = /http:\S+/.exec(line);
      if (found) resolve(found[0]);
    });
    child.once('error', reject);
    child.once('exit', (code) => {
      reject(new Error(`the server ended with ${String(code)}`));
    });
  });
  return {
    url,
    process: child,
    stop: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** Sums a metric's series whose labels match. */
export async function scrape(url: string): Promise<(name: string, labels?: string) => number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return (name, labels = '') =>
    text
      .split('\n')
      .filter((line) => (line.startsWith(`${name}{`) || line.startsWith(`${name} `)) && line.includes(labels))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

const STAGES = ['decode', 'track', 'align', 'spot', 'publish'] as const;

/** Server CPU of a live 640×480 session with one face, by stage, its latency and losses; `sessions` at a time. */
export async function benchLive(sessions: number, seconds: number): Promise<BenchResult> {
  const server = await serve();
  const publishers: ReplayPublisher[] = [];
  try {
    for (let i = 0; i < sessions; i++)
      publishers.push(await ReplayPublisher.start({ server: server.url, file: sampleClip(), name: `bench-${String(i)}` }));
    const stats: Extract<Event, { type: 'stats' }>[] = [];
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/ws`, SUBPROTOCOL);
    let counting = false;
    socket.on('message', (data) => {
      const event = JSON.parse((data as Buffer).toString()) as Event;
      if (counting && event.type === 'stats') stats.push(event);
    });
    await pause(SETTLE_SECONDS * 1000);
    const before = await scrape(server.url);
    const sentBefore = publishers.reduce((sum, publisher) => sum + publisher.framesSent, 0);
    const began = performance.now();
    counting = true;
    await pause(seconds * 1000);
    const after = await scrape(server.url);
    const sent = publishers.reduce((sum, publisher) => sum + publisher.framesSent, 0) - sentBefore;
    const elapsed = (performance.now() - began) / 1000;
    socket.close();
    const delta = (name: string, labels?: string): number => after(name, labels) - before(name, labels);
    const median = (pick: (event: (typeof stats)[number]) => number | null): number =>
      quantile(
        stats.map(pick).filter((value) => value !== null),
        0.5,
      );
    const stages: Record<string, number> = {
      sessions,
      seconds: round(elapsed, 1),
      'CPU cores per session': round((delta('process_cpu_seconds_total') + delta('mellm_media_cpu_seconds_total')) / elapsed / sessions, 3),
    };
    for (const stage of STAGES)
      stages[`  of it ${stage}`] = round(delta('mellm_stage_duration_seconds_sum', `stage="${stage}"`) / elapsed / sessions, 3);
    return {
      name: 'live',
      results: {
        ...stages,
        'frames analysed / sent': round(delta('mellm_stage_duration_seconds_count', 'stage="track"') / sent, 3),
        'frames dropped': delta('mellm_frames_dropped_total'),
        'packets lost': delta('mellm_rtp_packets_lost_total'),
        'frame to track event, p50 ms': median((event) => event.latency_ms.p50),
        'frame to track event, p95 ms': median((event) => event.latency_ms.p95),
        'resident memory MiB': Math.round((after('process_resident_memory_bytes') + after('mellm_media_resident_memory_bytes')) / 2 ** 20),
      },
    };
  } finally {
    await Promise.all(publishers.map((publisher) => publisher.close()));
    await server.stop();
    await ReplayPublisher.cleanup();
  }
}

/** Resident memory of a server with one live session over minutes: growth from the end of the warm-up (a tenth of the time) on. */
export async function benchMemory({ minutes }: BenchOptions): Promise<BenchResult> {
  const server = await serve();
  const publisher = await ReplayPublisher.start({ server: server.url, file: sampleClip() });
  try {
    const samples: number[] = [];
    const began = performance.now();
    while (performance.now() - began < minutes * 60_000) {
      await pause(5000);
      const now = await scrape(server.url);
      samples.push((now('process_resident_memory_bytes') + now('mellm_media_resident_memory_bytes')) / 2 ** 20);
    }
    const warm = Math.max(1, Math.ceil(samples.length * 0.2));
    const tenth = Math.max(1, Math.ceil(samples.length * 0.1));
    const first = quantile(samples.slice(warm, warm + tenth), 0.5);
    const last = quantile(samples.slice(-tenth), 0.5);
    return {
      name: 'memory',
      results: {
        minutes,
        'MiB after warm-up': round(first, 1),
        'MiB at the end': round(last, 1),
        'growth %': round((last / first - 1) * 100, 2),
      },
    };
  } finally {
    await publisher.close();
    await server.stop();
    await ReplayPublisher.cleanup();
  }
}
