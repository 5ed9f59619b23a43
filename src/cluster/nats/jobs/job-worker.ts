import { createInbox } from '@nats-io/transport-node';
import type { Nats } from '../connection.js';
import { ACK_WAIT, JOB_AGE, MOST_UNACKED, WORKERS, type QueueName } from '../streams.js';
import { Claim } from './claim.js';

/** Options of {@link JobWorker}. */
export interface JobWorkerOptions {
  readonly nats: Nats;
  readonly queue: QueueName;
  /** Jobs done together at most. Default 1. */
  readonly batch?: number;
  /** Batches under way at a time. Default 1. */
  readonly lanes?: number;
  /** Milliseconds that a batch waits to be full, where more than one job is there. Default 5. */
  readonly company?: number;
  /** Workers of this queue in all, as far as is known. Default 1. */
  readonly workers?: () => number;
  /** Does the jobs: answers each of them, or throws, which fails those left. */
  readonly serve: (jobs: readonly Claim[]) => Promise<void>;
  /** Told of jobs that left the queue, and how. */
  readonly onJobs?: (result: 'done' | 'failed' | 'turned_away' | 'expired' | 'redelivered', count: number) => void;
  /** Told of each batch's size. */
  readonly onBatch?: (jobs: number) => void;
  readonly onProblem?: (message: string, error: unknown) => void;
}

/** Milliseconds that an empty queue is listened to before it is asked again. */
const LISTEN = 5000;
/** Milliseconds before asking a queue again that could not be asked. */
const PAUSE = 500;
/** Jobs taken at a time while a backlog is cleared. */
const SWEEP = 64;

/**
 * Takes jobs out of a queue, does them together, and answers. One question to the queue waits for the first job; where more wait behind
 * it, a second one takes these and what comes within a few milliseconds: that is the batch, across all cameras and processes.
 *
 * Newest first under overload: when more waits than all workers can do in half the time that an answer is waited for, the worker
 * takes the whole backlog, keeps as many of the newest as it can do in that time, does the newest of these first, and turns the
 * rest away with a word, so that nobody waits for what won't come:
 *
 *     queue  1 2 3 4 5 6 7 8 9 ─► turned away 1 2 3 4 │ held 5 6 7 8 9
 *                                                              ◄──── done in this order
 */
export class JobWorker {
  readonly #options: JobWorkerOptions;
  readonly #batch: number;
  /** Taken and waiting here, oldest first. */
  #held: Claim[] = [];
  readonly #serving = new Set<Claim>();
  readonly #beat: NodeJS.Timeout;
  readonly #lanes: Promise<void>[];
  readonly #stop = new AbortController();
  #gathering: Promise<unknown> = Promise.resolve();
  /** Milliseconds that one job takes, smoothed. */
  #cost: number | undefined;

  constructor(options: JobWorkerOptions) {
    this.#options = options;
    this.#batch = options.batch ?? 1;
    this.#beat = setInterval(() => {
      for (const claim of [...this.#held, ...this.#serving]) claim.working();
    }, ACK_WAIT / 3);
    this.#beat.unref();
    this.#lanes = Array.from({ length: options.lanes ?? 1 }, () => this.#lane());
  }

  /** Jobs with this worker. */
  get busy(): number {
    return this.#held.length + this.#serving.size;
  }

  /** Takes no more, gives back what waits, and resolves when what is under way is answered. May be called twice. */
  async close(): Promise<void> {
    this.#stop.abort();
    for (const claim of this.#held.splice(0)) claim.giveBack();
    await Promise.all(this.#lanes);
    clearInterval(this.#beat);
  }

  async #lane(): Promise<void> {
    const { serve, onJobs, onBatch, onProblem, nats } = this.#options;
    while (!this.#stop.signal.aborted && !nats.nc.isClosed()) {
      // Lanes gather in turn: two questions at a time would halve the batches.
      const gathered = this.#gathering.then(() => this.#gather());
      this.#gathering = gathered.catch(() => undefined);
      let jobs: Claim[];
      try {
        jobs = await gathered;
      } catch (error) {
        onProblem?.("jobs can't be taken from the queue; it is tried again", error);
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
        onProblem?.('a batch of jobs failed', error);
        for (const job of jobs) job.fail(codeOf(error), error instanceof Error ? error.message : String(error));
      }
      const cost = (performance.now() - began) / jobs.length / (this.#options.lanes ?? 1);
      this.#cost = this.#cost === undefined ? cost : 0.8 * this.#cost + 0.2 * cost;
      for (const job of jobs) this.#serving.delete(job);
      for (const result of ['done', 'failed'] as const) {
        const count = jobs.filter((job) => job.result === result).length;
        if (count > 0) onJobs?.(result, count);
      }
    }
  }

  /** Jobs that can be done in half the time for which answers are awaited. */
  get #capacity(): number {
    return Math.max(this.#batch, this.#cost === undefined ? 4 * this.#batch : Math.floor(JOB_AGE / 2 / Math.max(0.1, this.#cost)));
  }

  /** Jobs that may be held here: all workers together leave half of what may be unanswered free. */
  get #room(): number {
    const share = Math.floor(MOST_UNACKED / 2 / Math.max(1, this.#options.workers?.() ?? 1));
    return Math.max(this.#batch, Math.min(this.#capacity, share));
  }

  async #gather(): Promise<Claim[]> {
    const { company = 5, workers } = this.#options;
    if (this.#stop.signal.aborted) return [];
    if (this.#held.length === 0) {
      const first = await this.#pull(1, { expires: LISTEN });
      if (first.length === 0) return [];
      this.#hold(first);
      // One that is alone is done at once; what comes meanwhile is the next batch.
      if (this.#batch > 1 && first.some(({ pending: more }) => more > 0))
        this.#hold(await this.#pull(this.#batch - 1, { expires: company }));
    } else {
      this.#hold(await this.#pull(this.#batch, {}));
    }
    const bearable = this.#capacity * Math.max(1, workers?.() ?? 1);
    let pending = this.#held.at(-1)?.pending ?? 0;
    while (pending > bearable) {
      const swept = await this.#pull(SWEEP, {});
      this.#hold(swept);
      // At once: who holds as many as may be unanswered is given no more, in silence.
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
    for (const claim of late) claim.fail('expired', 'it waited too long to matter live');
    this.#held = this.#held.filter(({ settled }) => !settled);
    const over = this.#held.splice(0, Math.max(0, this.#held.length - this.#room));
    for (const claim of over) claim.fail('overload', 'newer alerts took its place: there are more than the workers can do');
    if (late.length > 0) this.#options.onJobs?.('expired', late.length);
    if (over.length > 0) this.#options.onJobs?.('turned_away', over.length);
  }

  /** Asks the queue once. Without `expires` it answers with what there is. */
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
          // 404 none waits, 408 the time is over; what else there is means that the queue is not there.
          if (code === 404 || code === 408) {
            finish();
            return;
          }
          if (code !== 0) {
            finish(new Error(`${String(code)} ${message.headers?.description ?? 'no queue'}`));
            return;
          }
          try {
            claims.push(new Claim(nats, message));
          } catch (cause) {
            onProblem?.("a job can't be read", cause);
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
