import { quantileOfSorted } from '../../../src/common/quantile.js';
import type { Costs } from './costs.js';
import { LIMITS } from './limits.js';
import { Random } from './random.js';
import { workOn, type Worked } from './work-queue.js';

export interface Quantiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** One queue in the busiest hour; waits in milliseconds. */
interface QueuePeak {
  readonly workers: number;
  readonly wait: Quantiles;
  readonly busy: number;
  readonly longest: number;
  readonly turnedAway: number;
}

/** The busiest hour's alerts on their way. */
export interface Peak {
  readonly alerts: number;
  readonly seconds: number;
  readonly flow: QueuePeak;
  readonly llm: QueuePeak;
  /** Milliseconds from the close of a window to its final event, those turned away apart. */
  readonly latency: Quantiles;
}

/** Alerts that a simulation should see at least; and its least length, seconds. */
const ALERTS = 40_000;
const LEAST = 600;
const MOST = 6 * 3600;
/** Milliseconds from a window's opening, when its flow is asked for, to its close. */
const OPEN = 300;
/** A worker that dies is started anew after so long. */
const BACK = 15_000;

/** When windows open, ms, rising: by chance, and in bursts, when something happens that many of those before the cameras see. */
export function openings(costs: Costs, sessions: number, seconds: number, random: Random): Float64Array {
  const { session, load } = costs;
  const times: number[] = [];
  const gap = 60_000 / session.alerts.value / sessions;
  for (let t = random.exponential(gap); t < seconds * 1000; t += random.exponential(gap)) times.push(t);
  const every = load.burst_every.value * 1000;
  for (let t = random.exponential(every); t < seconds * 1000; t += random.exponential(every)) {
    for (let i = 0; i < sessions * load.burst_share.value; i++) times.push(t + 1000 * load.burst_within.value * random.next());
  }
  return Float64Array.from(times).sort();
}

/** The fewest workers of both kinds with which the waits are as the targets want, by trial; and how it goes with them. */
export function simulatePeak(costs: Costs, sessions: number, seed: number): Peak {
  const { flow, llm, alert, targets, session } = costs;
  const seconds = Math.min(MOST, Math.max(LEAST, (ALERTS * 60) / session.alerts.value / sessions));
  const opened = openings(costs, sessions, seconds, new Random(seed));
  const rate = opened.length / seconds;
  const chance = new Random(seed + 1);
  // Where the boundaries moved until the window closed, flow is measured twice.
  const jobs = [...opened]
    .flatMap((t, i) => [{ t, alert: i }, ...(chance.next() < alert.pairs.value - 1 ? [{ t: t + OPEN, alert: i }] : [])])
    .sort((a, b) => a.t - b.t);
  const arrivals = Float64Array.from(jobs, ({ t }) => t);
  const deaths = [{ at: seconds * 500, backAfter: BACK }];
  const common = { redelivery: LIMITS.redelivery, bearable: LIMITS.bearable, deaths };
  const [flows, flowWorkers] = fewest((rate * alert.pairs.value * flow.pair.value) / 1000, targets.flow_wait.value, (workers) =>
    workOn(
      arrivals,
      {
        ...common,
        workers,
        batch: LIMITS.batch,
        company: LIMITS.company,
        service: (pairs) => pairs * flow.pair.value,
      },
      new Random(seed + 2),
    ),
  );
  const measured = Float64Array.from(opened, (t) => t + OPEN);
  for (const [i, job] of jobs.entries()) {
    const at = flows.done[i] ?? NaN;
    // Of an alert without flow nothing is written.
    measured[job.alert] = Number.isNaN(at) ? NaN : Math.max(measured[job.alert] ?? NaN, at);
  }
  const order = [...measured.keys()].filter((i) => !Number.isNaN(measured[i])).sort((a, b) => (measured[a] ?? 0) - (measured[b] ?? 0));
  const asked = Float64Array.from(order, (i) => measured[i] ?? NaN);
  const [texts, llmWorkers] = fewest((rate * llm.answer.value) / 1000, targets.llm_wait.value, (workers) =>
    workOn(
      asked,
      {
        ...common,
        workers,
        batch: 1,
        company: 0,
        service: (_jobs, random) => random.logNormal(llm.answer.value, llm.answer_p95.value),
      },
      new Random(seed + 3),
    ),
  );
  return {
    alerts: opened.length,
    seconds,
    flow: queue(flows, flowWorkers),
    llm: queue(texts, llmWorkers),
    latency: quantiles(texts.done.map((at, i) => at - (opened[order[i] ?? 0] ?? NaN) - OPEN)),
  };
}

/** Tries numbers of workers from what the work needs on the average upwards, then between. */
function fewest(load: number, wait: number, work: (workers: number) => Worked): [Worked, number] {
  const good = ({ waits, turnedAway }: Worked): boolean => turnedAway === 0 && quantiles(waits).p95 <= wait;
  let low = Math.max(0, Math.ceil(load) - 1);
  // Two at least: one may die.
  let high = Math.max(2, low + 1);
  let found = work(high);
  while (!good(found)) {
    low = high;
    high = Math.ceil(high * 1.25);
    found = work(high);
  }
  while (high - low > Math.max(1, 0.02 * high) && high > 2) {
    const middle = (low + high) >> 1;
    const tried = work(middle);
    if (good(tried)) {
      high = middle;
      found = tried;
    } else {
      low = middle;
    }
  }
  return [found, high];
}

function queue({ waits, busy, longest, turnedAway }: Worked, workers: number): QueuePeak {
  return { workers, wait: quantiles(waits), busy, longest, turnedAway };
}

function quantiles(values: Float64Array): Quantiles {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort();
  return { p50: quantileOfSorted(sorted, 0.5), p95: quantileOfSorted(sorted, 0.95), p99: quantileOfSorted(sorted, 0.99) };
}
