import type { BenchOptions, BenchResult } from '../result.js';
import { alertLatency } from './alert-latency.js';
import { benchNats } from './bench-nats.js';
import { cpuCost } from './cpu-cost.js';
import { eventCost } from './event-cost.js';
import { pairRate } from './pair-rate.js';

const ALERTS = 120;
const SESSIONS = 2;
const EVENTS = 20_000;
/** Seconds for which a full queue is watched. */
const DRAIN = 10;

/**
 * What NATS costs, against a real nats-server: latency added to an alert, CPU added to live sessions, what a second flow process
 * gains, and what an event costs each role. Both arrangements are measured in turns, so that a busy machine disturbs both alike.
 */
export async function benchBus({ nats: url }: BenchOptions): Promise<BenchResult> {
  const nats = await benchNats(url);
  try {
    return {
      name: 'bus',
      results: {
        'nats-server': nats.pid === undefined ? 'the one named; its CPU is not measured' : 'started here',
        ...(await alertLatency(nats.url, ALERTS)),
        ...(await cpuCost(nats, SESSIONS)),
        ...(await pairRate(nats, DRAIN)),
        ...(await eventCost(nats, EVENTS)),
      },
    };
  } finally {
    await nats.close();
  }
}
