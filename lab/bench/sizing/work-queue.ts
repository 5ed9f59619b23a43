import type { Random } from './random.js';
import { Timeline } from './timeline.js';

/** How a queue is worked on; times in milliseconds. */
export interface WorkQueueOptions {
  /** Processes; each does one batch at a time. */
  readonly workers: number;
  /** Jobs in a batch at most. */
  readonly batch: number;
  /** How long a batch of more than one that is not full waits for others. */
  readonly company: number;
  /** Time that a batch takes. */
  readonly service: (jobs: number, random: Random) => number;
  /** Time after which a dead worker's jobs go to another. */
  readonly redelivery: number;
  /** What waits beyond as much as all workers can do in this time is turned away, oldest first. */
  readonly bearable: number;
  /** Workers that die, and come back later. */
  readonly deaths: readonly { readonly at: number; readonly backAfter: number }[];
}

/** What became of each job, in the order of arrival. */
export interface Worked {
  /** Time that it waited in the queue, until its last start; NaN where it was turned away. */
  readonly waits: Float64Array;
  /** When it was done; NaN where it was turned away. */
  readonly done: Float64Array;
  readonly turnedAway: number;
  /** Share of the workers' time in which they worked. */
  readonly busy: number;
  /** Most jobs that waited at a time. */
  readonly longest: number;
}

/** What a number in the timeline means: 4 × worker + one of these; REDELIVERY carries the place in the list of lost batches. */
const [FREE, GATHERED, DEATH, REDELIVERY] = [0, 1, 2, 3];

interface Worker {
  state: 'idle' | 'gathering' | 'busy' | 'dead';
  jobs: readonly number[];
  since: number;
  until: number;
}

/**
 * A work queue as src/cluster/nats/jobs works on it: a worker takes what waits, up to a batch, after a few milliseconds for company where
 * more than one is there; the jobs of one that dies go to another after a while; a backlog that can't be borne is cut, oldest first.
 * Simplified: what is
 * left is done oldest first.
 *
 * @param arrivals when jobs come, rising
 */
export function workOn(arrivals: Float64Array, options: WorkQueueOptions, random: Random): Worked {
  const { workers: count, batch, company, service, redelivery, deaths } = options;
  const waits = new Float64Array(arrivals.length).fill(NaN);
  const done = new Float64Array(arrivals.length).fill(NaN);
  const workers = Array.from({ length: count }, (): Worker => ({ state: 'idle', jobs: [], since: 0, until: 0 }));
  const idle = Array.from({ length: count }, (_, i) => i);
  const timeline = new Timeline();
  const lost: (readonly number[])[] = [];
  const again: number[] = [];
  const bearable = Math.max(batch, Math.floor((count * options.bearable) / (service(batch, random) / batch)));
  let head = 0;
  let arrived = 0;
  let turnedAway = 0;
  let busy = 0;
  let longest = 0;
  const waiting = (): number => again.length + arrived - head;
  const take = (): number => again.pop() ?? head++;

  function free(id: number, now: number): void {
    const worker = workers[id];
    if (!worker || worker.state === 'dead') return;
    // One that is alone does not wait for others.
    if (waiting() >= batch || waiting() === 1) {
      start(id, now);
      return;
    }
    if (waiting() === 0) {
      worker.state = 'idle';
      idle.push(id);
      return;
    }
    worker.state = 'gathering';
    timeline.add(now + company, 4 * id + GATHERED);
  }

  function start(id: number, now: number): void {
    const worker = workers[id];
    if (!worker) return;
    for (; waiting() > bearable; turnedAway++) take();
    const jobs = Array.from({ length: Math.min(batch, waiting()) }, take);
    if (jobs.length === 0) {
      free(id, now);
      return;
    }
    const until = now + service(jobs.length, random);
    for (const job of jobs) {
      waits[job] = now - (arrivals[job] ?? NaN);
      done[job] = until;
    }
    busy += until - now;
    Object.assign(worker, { state: 'busy', jobs, since: now, until });
    timeline.add(until, 4 * id + FREE);
  }

  /** The busy worker of those that there are: the death that costs most. */
  function die(now: number, backAfter: number): void {
    const id = Math.max(
      0,
      workers.findIndex(({ state }) => state === 'busy'),
    );
    const worker = workers[id];
    if (!worker || worker.state === 'dead') return;
    if (worker.state === 'idle') idle.splice(idle.indexOf(id), 1);
    if (worker.state === 'busy') {
      busy -= worker.until - now;
      for (const job of worker.jobs) waits[job] = done[job] = NaN;
      timeline.add(now + redelivery, 4 * (lost.push(worker.jobs) - 1) + REDELIVERY);
    }
    // Another process in its place, under the same number.
    const back = workers.push({ state: 'dead', jobs: [], since: now, until: now + backAfter }) - 1;
    timeline.add(now + backAfter, 4 * back + DEATH);
    worker.state = 'dead';
  }

  /** Hands what waits to those who are idle. */
  function wake(now: number): void {
    while (waiting() > 0) {
      const id = idle.pop();
      if (id === undefined) return;
      free(id, now);
      if (workers[id]?.state === 'gathering') return;
    }
  }

  const dying = [...deaths].sort((a, b) => a.at - b.at);
  for (;;) {
    const death = dying[0];
    const arrival = arrivals[arrived] ?? Infinity;
    const now = Math.min(arrival, timeline.next, death?.at ?? Infinity);
    if (now === Infinity) break;
    if (now === arrival) {
      arrived++;
      longest = Math.max(longest, waiting());
      // One that gathers takes it along.
      wake(now);
    } else if (now === death?.at) {
      dying.shift();
      die(now, death.backAfter);
    } else {
      const what = timeline.take();
      const id = what >> 2;
      switch (what & 3) {
        case FREE:
          if (workers[id]?.state === 'busy') free(id, now);
          break;
        case GATHERED:
          if (workers[id]?.state === 'gathering') start(id, now);
          break;
        case DEATH: {
          const worker = workers[id];
          if (worker) worker.state = 'busy';
          free(id, now);
          break;
        }
        default:
          again.push(...(lost[id] ?? []));
          wake(now);
      }
    }
  }
  const end = done.reduce((latest, at) => (at > latest ? at : latest), 0);
  return { waits, done, turnedAway, busy: end === 0 ? 0 : busy / (count * end), longest };
}
