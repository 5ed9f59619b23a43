import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ACK_WAIT, JOB_AGE, MOST_BYTES, MOST_UNACKED } from '../../../src/cluster/nats/jobs/job-queues.js';
import { loadConfig } from '../../../src/config/mod.js';
import { NO_ROOM } from '../../../src/server/http/refusal.js';
import { MAX_HOPS } from '../../../src/server/http/whip.js';
import { readCosts } from './costs.js';
import { simulateDay } from './day.js';
import { LIMITS } from './limits.js';
import { withSizing } from './mod.js';
import { openings } from './peak.js';
import { Random } from './random.js';
import { Timeline } from './timeline.js';
import { workOn } from './work-queue.js';

const FAR = { redelivery: 4000, bearable: 10_000, deaths: [] };
const poisson = (perSecond: number, seconds: number, seed: number): Float64Array => {
  const random = new Random(seed);
  const times: number[] = [];
  for (let t = random.exponential(1000 / perSecond); t < seconds * 1000; t += random.exponential(1000 / perSecond)) times.push(t);
  return Float64Array.from(times);
};
const mean = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0) / values.length;

describe('Random', () => {
  it('is the same for the same seed and spread as it should be', () => {
    const [a, b, c] = [new Random(1), new Random(1), new Random(2)];
    const numbers = Array.from({ length: 20_000 }, () => a.next());
    expect(Array.from({ length: 20_000 }, () => b.next())).toEqual(numbers);
    expect(c.next()).not.toBe(numbers[0]);
    expect(mean(numbers)).toBeCloseTo(0.5, 1);
    const normals = Array.from({ length: 20_000 }, () => a.normal());
    expect(mean(normals)).toBeCloseTo(0, 1);
    expect(mean(normals.map((x) => x * x))).toBeCloseTo(1, 1);
    const logs = Array.from({ length: 20_000 }, () => a.logNormal(100, 200)).sort((x, y) => x - y);
    expect(logs[10_000]).toBeGreaterThan(96);
    expect(logs[10_000]).toBeLessThan(104);
    expect(logs[19_000]).toBeGreaterThan(190);
    expect(logs[19_000]).toBeLessThan(210);
  });
});

it('Timeline gives what was added, soonest first', () => {
  const timeline = new Timeline();
  const random = new Random(3);
  const times = Array.from({ length: 5000 }, () => random.next());
  for (const [i, t] of times.entries()) timeline.add(t, i);
  const taken: number[] = [];
  while (timeline.next < Infinity) taken.push(times[timeline.take()] ?? NaN);
  expect(taken).toEqual(times.toSorted((a, b) => a - b));
});

describe('workOn', () => {
  it('waits as long as theory says: one worker, jobs by chance, equal work (M/D/1)', () => {
    // At load ρ the mean wait is ρ s / (2 (1 − ρ)) (Pollaczek–Khinchine): 0.8 × 100 / 0.4 = 200 ms.
    const { waits, busy } = workOn(poisson(8, 20_000, 5), { ...FAR, workers: 1, batch: 1, company: 0, service: () => 100 }, new Random(1));
    expect(mean(waits)).toBeGreaterThan(185);
    expect(mean(waits)).toBeLessThan(215);
    expect(busy).toBeCloseTo(0.8, 1);
  });

  it('does everything once, in batches that save time', () => {
    const arrivals = poisson(60, 100, 6);
    const { waits, done, turnedAway } = workOn(
      arrivals,
      { ...FAR, workers: 1, batch: 8, company: 5, service: (jobs) => 40 + 5 * jobs },
      new Random(1),
    );
    expect(turnedAway).toBe(0);
    expect(done.every((at, i) => at > (arrivals[i] ?? NaN))).toBe(true);
    expect(mean(waits)).toBeLessThan(200);
  });

  it('gives the jobs of a worker that died to another one, late', () => {
    const { waits, done } = workOn(
      Float64Array.of(0, 10, 8000),
      { ...FAR, workers: 2, batch: 1, company: 0, service: () => 1000, deaths: [{ at: 500, backAfter: 100_000 }] },
      new Random(1),
    );
    expect([...done].every((at) => at > 0)).toBe(true);
    expect(Math.max(...waits)).toBeGreaterThanOrEqual(4490);
    expect([...waits].filter((wait) => wait < 100)).toHaveLength(2);
  });

  it('turns the oldest away when more waits than can be done in time', () => {
    const { done, turnedAway } = workOn(
      Float64Array.from({ length: 500 }, (_, i) => i),
      { ...FAR, workers: 1, batch: 1, company: 0, service: () => 100 },
      new Random(1),
    );
    expect(turnedAway).toBeGreaterThan(300);
    expect(Number.isNaN(done[5])).toBe(true);
    expect(done[499]).toBeGreaterThan(0);
  });
});

describe('simulateDay', () => {
  const options = {
    peak: 100,
    hours: Array.from({ length: 24 }, () => 1),
    length: 1200,
    nodes: 4,
    places: 40,
    death: 40_000,
    nodeBack: 60,
    notices: 5,
    beat: 2,
    retryAfter: 10,
  };

  it('has as many sessions as are wanted, and finds places for those whose machine died', () => {
    const day = simulateDay(options, new Random(1));
    expect(day.sessionHours).toBeGreaterThan(2200);
    expect(day.sessionHours).toBeLessThan(2600);
    expect(day.cut).toBeGreaterThan(5);
    expect(day.back.p99).toBeGreaterThan(2);
    expect(day.back.p99).toBeLessThan(60);
    expect(day.refused).toBeLessThan(0.02);
  });

  it('refuses some where there is no room, and redirects before', () => {
    const day = simulateDay({ ...options, nodes: 2 }, new Random(1));
    expect(day.mostSessions).toBeLessThanOrEqual(80);
    expect(day.refused).toBeGreaterThan(0.3);
    expect(day.redirections).toBeGreaterThan(0.01);
  });
});

it('bursts come on top of the usual alerts', () => {
  const costs = readCosts();
  const {
    session: { alerts },
    load,
  } = costs;
  const perSession = openings(costs, 1000, 3600, new Random(1)).length / 1000 / 60;
  expect(perSession).toBeCloseTo(alerts.value + (load.burst_share.value * 60) / load.burst_every.value, 1);
});

it('counts with the bounds that the code has', () => {
  const { flow, bus } = loadConfig();
  expect(LIMITS).toMatchObject({
    batch: flow.max_batch,
    company: flow.max_wait_ms,
    redelivery: ACK_WAIT,
    bearable: JOB_AGE / 2,
    unacked: MOST_UNACKED,
    queueBytes: MOST_BYTES,
    imageBytes: bus.image_megabytes * 2 ** 20,
    hops: MAX_HOPS,
    retryAfter: NO_ROOM.retryAfter * 1000,
  });
});

it('docs/scale.md tells what the simulation says', () => {
  const document = readFileSync(new URL('../../../docs/scale.md', import.meta.url), 'utf8');
  expect(withSizing(document), 'docs/scale.md is stale: run node scripts/docs/write-sizing.js').toBe(document);
}, 60_000);
