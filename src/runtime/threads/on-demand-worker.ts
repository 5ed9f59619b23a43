import type { WorkerHandlers } from './serve-worker.js';
import type { WorkerClient } from './worker-client.js';
import { WorkerError } from './worker-error.js';

/** A worker that is opened when it is asked for, and again once it was dropped: after its death, or for good reason. */
export class OnDemandWorker<H extends WorkerHandlers> {
  readonly #name: string;
  readonly #open: () => Promise<WorkerClient<H>>;
  #client: Promise<WorkerClient<H>> | undefined;
  #closed = false;

  /** @param open starts a worker and prepares it; where that fails, the next {@link get} tries again */
  constructor(name: string, open: () => Promise<WorkerClient<H>>) {
    this.#name = name;
    this.#open = open;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** The worker. Rejects with {@link WorkerError} `worker_closed` after {@link close}. */
  get(): Promise<WorkerClient<H>> {
    if (this.#client) return this.#client;
    if (this.#closed) return Promise.reject(new WorkerError('worker_closed', `worker ${this.#name} was closed`));
    const client = this.#open();
    this.#client = client;
    client.catch(() => {
      this.drop(client);
    });
    return client;
  }

  /** Lets go of a worker that died, or must be closed by the caller. False where another one took its place already. */
  drop(client: Promise<WorkerClient<H>> | undefined = this.#client): boolean {
    if (client === undefined || this.#client !== client) return false;
    this.#client = undefined;
    return true;
  }

  /** Closes the worker, after `last` where it has one to do; no other follows. */
  async close(last?: (client: WorkerClient<H>) => Promise<unknown>): Promise<void> {
    this.#closed = true;
    const client = await this.#client?.catch(() => undefined);
    if (!client) return;
    await last?.(client);
    this.#client = undefined;
    await client.close();
  }
}
