import { BatchError } from './batcher-error.js';
import { BatchQueue, type Waiting } from './batcher-queue.js';
import { BATCH_SIZES, linearCost, planBatch, type BatchCost } from './batcher-sizes.js';

/** Time as the batcher sees it; tests bring their own. */
export interface BatcherClock {
  /** Milliseconds, monotonic. */
  now(): number;
  /** Calls back after `ms`; the returned function takes that back. */
  after(ms: number, callback: () => void): () => void;
}

/** Called as things happen; a hook that throws does not stop the batcher. */
export interface BatcherHooks {
  /** A run was started: jobs in it, its padded size, and how long its oldest job had waited (ms). */
  batch?(jobs: number, size: number, oldestWait: number): void;
  /** One job left the queue for a run after this many ms. */
  queueWait?(ms: number): void;
  /** A run ended. */
  ran?(size: number, ms: number, ok: boolean): void;
  /** A job was dropped before it ran. */
  dropped?(reason: 'expired' | 'overflow' | 'cancelled' | 'closed'): void;
}

/** Runs one batch: gives an answer for each job, in order. `size` is the padded size, at least `jobs.length`. */
export type BatchRunner<J, R> = (jobs: readonly J[], size: number) => Promise<readonly R[]>;

export interface BatcherOptions<J, R> {
  readonly run: BatchRunner<J, R>;
  /** Padded batch sizes, ascending. Default {@link BATCH_SIZES}. */
  readonly sizes?: readonly number[];
  /** What a run of each size costs, measured. Default linear. */
  readonly cost?: BatchCost;
  /** Milliseconds that the first job of a batch waits for company. Default 4. */
  readonly maxWait?: number;
  /** Jobs that may wait. Default 64. */
  readonly maxQueue?: number;
  /** Jobs of one session that may wait. Default a quarter of `maxQueue`, at least 1. */
  readonly maxQueuePerSession?: number;
  /** Jobs of one session in a batch while others wait. Default half of the largest size, at least 1. */
  readonly sessionShare?: number;
  /** Milliseconds that a job may wait to be run. Default 10 000. */
  readonly deadline?: number;
  /**
   * Runs under way at once. Default 2: while the device works on one batch the next *full* one already stands at its door;
   * a batch that is not full waits for an idle device, since it would gain nothing and could still grow.
   */
  readonly inFlight?: number;
  readonly hooks?: BatcherHooks;
  readonly clock?: BatcherClock;
}

interface Entry<J, R> extends Waiting<J> {
  resolve(result: R): void;
  reject(error: BatchError): void;
}

const wallClock: BatcherClock = {
  now: () => performance.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, Math.max(0, ms));
    return () => {
      clearTimeout(timer);
    };
  },
};

/**
 * Collects jobs of all sessions into padded batches. Every job is answered exactly once: with its result, or with a {@link BatchError}.
 *
 * A batch leaves when it is full, or when its oldest job has waited `maxWait` and the device is idle. Sessions take turns, so a
 * busy one holds nobody back. When the queue is full, jobs past their deadline go first, then the oldest of whoever fills it.
 */
export class Batcher<J, R> {
  readonly #run: BatchRunner<J, R>;
  readonly #sizes: readonly number[];
  readonly #largest: number;
  readonly #cost: BatchCost;
  readonly #maxWait: number;
  readonly #maxQueue: number;
  readonly #perSession: number;
  readonly #share: number;
  readonly #deadline: number;
  readonly #lanes: number;
  readonly #hooks: BatcherHooks;
  readonly #clock: BatcherClock;
  readonly #queue = new BatchQueue<Entry<J, R>>();
  #running = 0;
  #closed = false;
  #cancelTimer: (() => void) | undefined;
  #idle: (() => void)[] = [];

  constructor(options: BatcherOptions<J, R>) {
    this.#run = options.run;
    this.#sizes = options.sizes ?? BATCH_SIZES;
    const largest = this.#sizes.at(-1);
    if (largest === undefined || this.#sizes.some((size, i) => !Number.isInteger(size) || size <= (this.#sizes[i - 1] ?? 0))) {
      throw new RangeError('batch sizes must be positive integers in ascending order');
    }
    this.#largest = largest;
    this.#cost = options.cost ?? linearCost;
    this.#maxWait = options.maxWait ?? 4;
    this.#maxQueue = Math.max(1, options.maxQueue ?? 64);
    this.#perSession = Math.max(1, options.maxQueuePerSession ?? Math.floor(this.#maxQueue / 4));
    this.#share = Math.max(1, options.sessionShare ?? Math.floor(largest / 2));
    this.#deadline = options.deadline ?? 10_000;
    this.#lanes = Math.max(1, options.inFlight ?? 2);
    this.#hooks = options.hooks ?? {};
    this.#clock = options.clock ?? wallClock;
  }

  /** Jobs that wait. */
  get waiting(): number {
    return this.#queue.size;
  }
  /** Batches under way. */
  get running(): number {
    return this.#running;
  }

  /**
   * Queues a job and resolves with its result.
   *
   * @param session whose job it is, for turns and caps.
   * @param options.deadline ms that this job may wait instead of the batcher's own.
   * @throws {BatchError} as a rejection.
   */
  submit(job: J, session: string, options: { deadline?: number } = {}): Promise<R> {
    if (this.#closed) return Promise.reject(new BatchError('batch_closed', 'the batcher is closed'));
    return new Promise((resolve, reject) => {
      const now = this.#clock.now();
      if (this.#queue.size >= this.#maxQueue) this.#expire(now);
      if (this.#queue.waitingOf(session) >= this.#perSession) this.#drop(this.#queue.evict(session), 'overflow');
      else if (this.#queue.size >= this.#maxQueue) this.#drop(this.#queue.evict(), 'overflow');
      this.#queue.push({ job, session, queuedAt: now, expiresAt: now + (options.deadline ?? this.#deadline), resolve, reject });
      this.#pump();
    });
  }

  /** Rejects the waiting jobs of a session that ended; those in a run are still answered. */
  cancel(session: string): void {
    for (const entry of this.#queue.remove((waiting) => waiting.session === session)) this.#drop(entry, 'cancelled');
    this.#pump();
  }

  /** Rejects what waits, and resolves when the runs under way have ended. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    for (const entry of this.#queue.remove(() => true)) this.#drop(entry, 'closed');
    if (this.#running > 0)
      await new Promise<void>((resolve) => {
        this.#idle.push(resolve);
      });
  }

  #pump(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    if (this.#closed) return;
    const now = this.#clock.now();
    this.#expire(now);
    while (this.#running < this.#lanes) {
      const oldest = this.#queue.oldest();
      if (oldest === undefined) return;
      const available = this.#queue.available(this.#share);
      const full = available >= this.#largest;
      if (!full && (this.#running > 0 || now - oldest < this.#maxWait)) break;
      this.#dispatch(available, now);
    }
    const oldest = this.#queue.oldest();
    const expiry = this.#queue.nextExpiry();
    if (oldest === undefined || expiry === undefined) return;
    // While a run is under way its end wakes us; only deadlines need a timer then.
    const at = this.#running > 0 ? expiry : Math.min(oldest + this.#maxWait, expiry);
    this.#cancelTimer = this.#clock.after(at - now, () => {
      this.#cancelTimer = undefined;
      this.#pump();
    });
  }

  #dispatch(available: number, now: number): void {
    const plan = planBatch(available, this.#sizes, this.#cost);
    const entries = this.#queue.take(plan.take, this.#share);
    let oldestWait = 0;
    for (const entry of entries) {
      const wait = now - entry.queuedAt;
      oldestWait = Math.max(oldestWait, wait);
      this.#tell(() => this.#hooks.queueWait?.(wait));
    }
    this.#tell(() => this.#hooks.batch?.(entries.length, plan.size, oldestWait));
    this.#running++;
    void this.#answer(entries, plan.size, now);
  }

  async #answer(entries: readonly Entry<J, R>[], size: number, startedAt: number): Promise<void> {
    let ok = true;
    try {
      const results = await this.#run(
        entries.map((entry) => entry.job),
        size,
      );
      if (results.length !== entries.length)
        throw new Error(`the runner returned ${String(results.length)} results for ${String(entries.length)} jobs`);
      entries.forEach((entry, i) => {
        entry.resolve(results[i] as R);
      });
    } catch (cause) {
      ok = false;
      const why = cause instanceof Error ? cause.message : String(cause);
      for (const entry of entries) entry.reject(new BatchError('batch_failed', `the batch failed: ${why}`, { cause, retryAfter: 1000 }));
    }
    this.#running--;
    const ms = this.#clock.now() - startedAt;
    this.#tell(() => this.#hooks.ran?.(size, ms, ok));
    if (this.#running === 0) for (const resolve of this.#idle.splice(0)) resolve();
    this.#pump();
  }

  #expire(now: number): void {
    for (const entry of this.#queue.remove((waiting) => waiting.expiresAt <= now)) this.#drop(entry, 'expired');
  }

  #drop(entry: Entry<J, R> | undefined, reason: 'expired' | 'overflow' | 'cancelled' | 'closed'): void {
    if (!entry) return;
    const waited = Math.round(this.#clock.now() - entry.queuedAt);
    const message = {
      expired: `waited ${String(waited)} ms, beyond its deadline; the device is too slow for this load`,
      overflow: `${String(this.#queue.size)} jobs are already waiting; the device is too slow for this load`,
      cancelled: 'its session ended',
      closed: 'the batcher is closed',
    }[reason];
    this.#tell(() => this.#hooks.dropped?.(reason));
    entry.reject(new BatchError(`batch_${reason}`, message, reason === 'expired' || reason === 'overflow' ? { retryAfter: 1000 } : {}));
  }

  #tell(hook: () => void): void {
    try {
      hook();
    } catch {
      /* a listener's fault is its own */
    }
  }
}
