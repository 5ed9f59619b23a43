import type { Transferable } from 'node:worker_threads';
import { within } from '../../common/time-limit.js';
import { RestartBackoff } from './restart-backoff.js';
import type { WorkerHandlers } from './serve-worker.js';
import { WorkerClient, type WorkerClientOptions } from './worker-client.js';
import { WorkerError } from './worker-error.js';

/** How a worker is started, watched and started again. */
export interface SupervisedWorkerOptions extends Omit<WorkerClientOptions, 'onExit'> {
  /** Milliseconds without a sign of life after which the thread is replaced. Default 15 000. */
  readonly hangTimeout?: number;
  /** Told of each thread that died or hangs; another is on its way. */
  readonly onLost?: (error: WorkerError) => void;
  /** Milliseconds before the first restart; doubles up to a hundredfold while threads keep dying. Default 200. */
  readonly delay?: number;
}

/** A worker thread that is there for as long as it is wanted: when it dies or hangs, another takes its place. */
export class SupervisedWorker<H extends WorkerHandlers> {
  readonly name: string;
  readonly #url: URL;
  readonly #options: SupervisedWorkerOptions;
  #client: Promise<WorkerClient<H>>;
  #generation = 1;
  readonly #backoff: RestartBackoff;
  #closed = false;
  /** Calls off the restart that waits. */
  #callOff: () => void = () => undefined;

  private constructor(url: URL, options: SupervisedWorkerOptions) {
    this.name = options.name;
    this.#url = url;
    this.#options = options;
    this.#backoff = new RestartBackoff(options.delay ?? 200);
    this.#client = this.#launch();
  }

  /** Resolves when the first thread is ready; rejects where that does not start. */
  static async start<H extends WorkerHandlers>(url: URL, options: SupervisedWorkerOptions): Promise<SupervisedWorker<H>> {
    const kept = new SupervisedWorker<H>(url, options);
    try {
      await kept.#client;
    } catch (error) {
      await kept.close();
      throw error;
    }
    return kept;
  }

  /** Counts the threads, from 1; it changes as soon as one is lost, and with it what that one was told is forgotten. */
  get generation(): number {
    return this.#generation;
  }

  /** As {@link WorkerClient.call}; while a thread is being started the call waits for it, within the call's time. */
  async call<M extends keyof H & string>(
    method: M,
    args: Parameters<H[M]>,
    transfer: readonly Transferable[] = [],
  ): Promise<Awaited<ReturnType<H[M]>>> {
    return (await this.client()).call(method, args, transfer);
  }

  /** The thread in use, once it is ready. Rejects with {@link WorkerError}. */
  async client(): Promise<WorkerClient<H>> {
    const limit = this.#options.callTimeout ?? 30_000;
    return within(
      this.#client,
      limit,
      () => new WorkerError('worker_timeout', `worker ${this.name} did not restart within ${String(limit)} ms`, { retryAfter: 1000 }),
    );
  }

  /** Ends the thread; no other follows. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#callOff();
    await this.#client.then(
      (client) => client.close(),
      () => undefined,
    );
  }

  #launch(): Promise<WorkerClient<H>> {
    const { hangTimeout = 15_000 } = this.#options;
    this.#backoff.started();
    const client = WorkerClient.start<H>(this.#url, {
      ...this.#options,
      onExit: (error) => {
        if (error) this.#lost(error);
      },
    }).then((started) => {
      started.watch(hangTimeout);
      return started;
    });
    client.catch(() => undefined);
    return client;
  }

  #lost(error: WorkerError): void {
    if (this.#closed) return;
    this.#generation++;
    const { delay } = this.#backoff.lost();
    this.#options.onLost?.(error);
    this.#client = new Promise<void>((resolve, reject) => {
      const timer = setTimeout(resolve, delay);
      this.#callOff = () => {
        clearTimeout(timer);
        reject(new WorkerError('worker_closed', `worker ${this.name} was closed`));
      };
    }).then(() => this.#launch());
    this.#client.catch(() => undefined);
  }
}
