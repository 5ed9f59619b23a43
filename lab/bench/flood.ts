import { createSocket } from 'node:dgram';
import WebSocket from 'ws';
import { SUBPROTOCOL, type Event } from '../../src/events/mod.js';
import { pause } from './clock.js';
import { round } from './statistics.js';
import { scrape, serve } from './live.js';
import { ReplayPublisher } from './replay-publisher.js';
import type { BenchResult } from './result.js';
import { sampleClip } from './sample.js';
import { strayPackets } from './stray-packets.js';

const PACKETS_PER_SECOND = 20_000;
/** Milliseconds between bursts; a timer is no finer. */
const BURST = 5;
const SETTLE_SECONDS = 6;

type Stats = Extract<Event, { type: 'stats' }>;
const sleep = (seconds: number): Promise<void> => pause(seconds * 1000);

/** Sends stray packets to `port` at a steady rate; tells how many went out when it is stopped. */
function flood(port: number): { stop(): number } {
  const socket = createSocket('udp4');
  const packets = strayPackets();
  const began = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    const due = Math.min(sent + 2000, ((performance.now() - began) / 1000) * PACKETS_PER_SECOND);
    for (; sent < due; sent++) socket.send(packets[sent % packets.length] ?? '', port, '127.0.0.1');
  }, BURST);
  return {
    stop: () => {
      clearInterval(timer);
      socket.close();
      return sent;
    },
  };
}

/**
 * Three live sessions, one of whose UDP port takes a flood of stray packets: what the two others, and it, get of their frames, and
 * what the flood costs. The sender runs in this process, the server in its own.
 */
export async function benchFlood(seconds: number): Promise<BenchResult> {
  const server = await serve();
  const publishers: ReplayPublisher[] = [];
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/ws`, SUBPROTOCOL);
  const seen: Stats[] = [];
  socket.on('message', (data) => {
    const event = JSON.parse((data as Buffer).toString()) as Event;
    if (event.type === 'stats') seen.push(event);
  });
  try {
    for (const name of ['flooded', 'other-1', 'other-2'])
      publishers.push(await ReplayPublisher.start({ server: server.url, file: sampleClip(), name }));
    const [victim, ...others] = publishers;
    if (!victim) throw new Error('no session to flood');
    await sleep(SETTLE_SECONDS);
    const measure = async (): Promise<{
      readonly victim: number;
      readonly others: number;
      readonly lost: number;
      readonly cpu: number;
    }> => {
      seen.length = 0;
      const before = await scrape(server.url);
      const began = performance.now();
      await sleep(seconds);
      const after = await scrape(server.url);
      const elapsed = (performance.now() - began) / 1000;
      const fps = (of: readonly ReplayPublisher[]): number => {
        const rates = seen.filter(({ session }) => of.some((publisher) => publisher.session === session)).map(({ fps_in }) => fps_in);
        return rates.reduce((sum, rate) => sum + rate, 0) / Math.max(1, rates.length);
      };
      return {
        victim: fps([victim]),
        others: fps(others),
        lost: after('mellm_rtp_packets_lost_total') - before('mellm_rtp_packets_lost_total'),
        cpu: (after('process_cpu_seconds_total') - before('process_cpu_seconds_total')) / elapsed,
      };
    };
    const calm = await measure();
    const began = performance.now();
    const flooding = flood(victim.mediaPort);
    const flooded = await measure();
    const rate = flooding.stop() / ((performance.now() - began) / 1000);
    return {
      name: 'flood',
      results: {
        seconds,
        'stray packets/s': Math.round(rate),
        'fps received by the others, before': round(calm.others, 2),
        'fps received by the others, during': round(flooded.others, 2),
        'fps received by the flooded one, before': round(calm.victim, 2),
        'fps received by the flooded one, during': round(flooded.victim, 2),
        'packets lost, before': calm.lost,
        'packets lost, during': flooded.lost,
        'CPU cores, before': round(calm.cpu, 2),
        'CPU cores, during': round(flooded.cpu, 2),
      },
    };
  } finally {
    socket.close();
    await Promise.all(publishers.map((publisher) => publisher.close()));
    await server.stop();
    await ReplayPublisher.cleanup();
  }
}
