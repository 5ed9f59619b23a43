import { createInbox } from '@nats-io/transport-node';
import type { Nats } from '../connection.js';
import { ACK_WAIT, JOB_AGE, MOST_UNACKED, WORKERS, type QueueName } from './job-queues.js';
import { Claim } from './claim.js';

export interface JobWorkerOptions {
  readonly nats: Nats;
  readonly queue: QueueName;
  /** Jobs per batch. Default 1. */
  readonly batch?: number;
  /** Concurrent batches. Default 1. */
  readonly concurrency?: number;
  /** Milliseconds that a batch of several jobs waits for more. Default 5. */
  readonly lingerMs?: number;
  /** Known workers of this queue. Default 1. */
  readonly workers?: () => number;
  /** Processes a batch: answers each job, or throws, which fails the remaining ones. */
  readonly serve: (jobs: readonly Claim[]) => Promise<void>;
  /** Called for jobs that left the queue, with the result. */
  readonly onJobs?: (result: 'done' | 'failed' | 'turned_away' | 'expired' | 'redelivered', count: number) => void;
  /** Called with the size of each batch. */
  readonly onBatch?: (jobs: number) => void;
  readonly onProblem?: (message: string, error: unknown) => void;
}

/** Milliseconds for which one request waits on an empty queue. */
const LISTEN = 5000;
/** Milliseconds before retrying a failed request to the queue. */
const PAUSE = 500;
/** Jobs per request while a backlog is cleared. */
const SWEEP = 64;

/**
 * Takes jobs from a queue, processes them in batches, and answers them. One request to the queue waits for the first job; if more are
 * queued, a second request takes those and what arrives within a few milliseconds: a batch across all cameras and processes.
 *
 * LIFO under overload: if more jobs are queued than all workers can process in half the answer time-out, the worker takes the whole
 * backlog, holds as many of the newest as it can process in that time, newest first, and rejects the others immediately, so that their
 * senders do not wait in vain:
 *
 *     queue  1 2 3 4 5 6 7 8 9 ─► rejected 1 2 3 4 │ held 5 6 7 8 9
 *                                                              ◄──── processed in this order
 */
export class JobWorker {
  readonly #options: JobWorkerOptions;
  readonly #batch: number;
  /** Jobs held here, oldest first. */
  #held: Claim[] = [];
  readonly #serving = new Set<Claim>();
  readonly #beat: NodeJS.Timeout;
  readonly #loops: Promise<void>[];
  readonly #stop = new AbortController();
  #gathering: Promise<unknown> = Promise.resolve();
  /** Milliseconds per job, smoothed. */
  #cost: number | undefined;

  constructor(options: JobWorkerOptions) {
    this.#options = options;
    this.#batch = options.batch ?? 1;
    this.#beat = setInterval(() => {
      for (const claim of [...this.#held, ...this.#serving]) claim.working();
    }, ACK_WAIT / 3);
    this.#beat.unref();
    this.#loops = Array.from({ length: options.concurrency ?? 1 }, () => this.#loop());
  }

  /** Jobs held by this worker. */
  get busy(): number {
    return this.#held.length + this.#serving.size;
  }

  /** Takes no more jobs, returns held ones to the queue, and resolves when those in progress are answered. */
  async close(): Promise<void> {
    this.#stop.abort();
    for (const claim of this.#held.splice(0)) claim.giveBack();
    await Promise.all(this.#loops);
    clearInterval(this.#beat);
  }

  async #loop(): Promise<void> {
    const { serve, onJobs, onBatch, onProblem, nats } = this.#options;
    while (!this.#stop.signal.aborted && !nats.nc.isClosed()) {
      // One loop gathers at a time: two concurrent requests would halve the batches.
      const gathered = this.#gathering.then(() => this.#gather());
      this.#gathering = gathered.catch(() => undefined);
      let jobs: Claim[];
      try {
        jobs = await gathered;
      } catch (error) {
        onProblem?.('cannot take jobs from the queue; retrying', error);
        await this.#pause(PAUSE);
        continue;
      }
      if (jobs.length === 0) continue;
      for (const job of jobs) this.#serving.add(job);
      onBatch?.(jobs.length);
      const again = jobs.filter(({ delivered }) => delivered > 1).length;
      if (again > 0) onJobs?.('redelivered', again);
      const began = performance.now();
      try {
        await serve(jobs);
      } catch (error) {
        onProblem?.('batch of jobs failed', error);
        for (const job of jobs) job.fail(codeOf(error), error instanceof Error ? error.message : String(error));
      }
      const cost = (performance.now() - began) / jobs.length / (this.#options.concurrency ?? 1);
      this.#cost = this.#cost === undefined ? cost : 0.8 * this.#cost + 0.2 * cost;
      for (const job of jobs) this.#serving.delete(job);
      for (const result of ['done', 'failed'] as const) {
        const count = jobs.filter((job) => job.result === result).length;
        if (count > 0) onJobs?.(result, count);
      }
    }
  }

  /** Jobs that can be processed in half the answer time-out. */
  get #capacity(): number {
    return Math.max(this.#batch, this.#cost === undefined ? 4 * this.#batch : Math.floor(JOB_AGE / 2 / Math.max(0.1, this.#cost)));
  }

  /** Jobs that may be held here: all workers together use at most half of the queue's limit of unacknowledged jobs. */
  get #room(): number {
    const share = Math.floor(MOST_UNACKED / 2 / Math.max(1, this.#options.workers?.() ?? 1));
    return Math.max(this.#batch, Math.min(this.#capacity, share));
  }

  async #gather(): Promise<Claim[]> {
    const { lingerMs = 5, workers } = this.#options;
    if (this.#stop.signal.aborted) return [];
    if (this.#held.length === 0) {
      const first = await this.#pull(1, { expires: LISTEN });
      if (first.length === 0) return [];
      this.#hold(first);
      // A single job is processed immediately; what arrives meanwhile is the next batch.
      if (this.#batch > 1 && first.some(({ pending: more }) => more > 0))
        this.#hold(await this.#pull(this.#batch - 1, { expires: lingerMs }));
    } else {
      this.#hold(await this.#pull(this.#batch, {}));
    }
    const bearable = this.#capacity * Math.max(1, workers?.() ?? 1);
    let pending = this.#held.at(-1)?.pending ?? 0;
    while (pending > bearable) {
      const swept = await this.#pull(SWEEP, {});
      this.#hold(swept);
      // Immediately: at the limit of unacknowledged jobs the server silently delivers no more.
      this.#turnAway();
      pending = swept.length === 0 ? 0 : (swept.at(-1)?.pending ?? 0);
    }
    this.#turnAway();
    return this.#held.splice(-this.#batch);
  }

  #hold(claims: readonly Claim[]): void {
    if (this.#stop.signal.aborted) {
      for (const claim of claims) claim.giveBack();
      return;
    }
    this.#held = [...this.#held, ...claims].sort((a, b) => a.sequence - b.sequence);
  }

  #turnAway(): void {
    const late = this.#held.filter(({ claimedAt }) => performance.now() - claimedAt > JOB_AGE / 2);
    for (const claim of late) claim.fail('expired', 'job expired in the queue');
    this.#held = this.#held.filter(({ settled }) => !settled);
    const over = this.#held.splice(0, Math.max(0, this.#held.length - this.#room));
    for (const claim of over) claim.fail('overload', 'overload: newer alerts were processed instead');
    if (late.length > 0) this.#options.onJobs?.('expired', late.length);
    if (over.length > 0) this.#options.onJobs?.('turned_away', over.length);
  }

  /** Sends one request to the queue. Without `expires` it returns what is available. */
  #pull(batch: number, { expires }: { readonly expires?: number }): Promise<Claim[]> {
    const { nats, queue, onProblem } = this.#options;
    const { nc } = nats;
    return new Promise((resolve, reject) => {
      const claims: Claim[] = [];
      const inbox = createInbox();
      const finish = (error?: Error): void => {
        clearTimeout(timer);
        subscription.unsubscribe();
        this.#stop.signal.removeEventListener('abort', stop);
        if (error && claims.length === 0) reject(error);
        else resolve(claims);
      };
      const stop = (): void => {
        finish();
      };
      const timer = setTimeout(stop, (expires ?? 0) + 2000);
      const subscription = nc.subscribe(inbox, {
        callback: (error, message) => {
          if (error) {
            finish(error);
            return;
          }
          const code: number = message.headers?.code ?? 0;
          // 404: no job; 408: timed out; anything else: the queue does not exist.
          if (code === 404 || code === 408) {
            finish();
            return;
          }
          if (code !== 0) {
            finish(new Error(`${String(code)} ${message.headers?.description ?? 'queue does not exist'}`));
            return;
          }
          try {
            claims.push(new Claim(nats, message));
          } catch (cause) {
            onProblem?.('cannot read job', cause);
            if (message.reply !== undefined) nc.publish(message.reply, '+TERM');
            return;
          }
          if (claims.length === batch) finish();
        },
      });
      this.#stop.signal.addEventListener('abort', stop, { once: true });
      nc.publish(
        `$JS.API.CONSUMER.MSG.NEXT.${nats.stream(queue.toUpperCase())}.${WORKERS}`,
        JSON.stringify({
          batch,
          ...(expires === undefined ? { no_wait: true } : { expires: expires * 1e6 }),
        }),
        { reply: inbox },
      );
    });
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#stop.signal.addEventListener(
        'abort',
        () => {
          clearTimeout(timer);
          resolve();
        },
        { once: true },
      );
    });
  }
}

function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : 'failed';
}
