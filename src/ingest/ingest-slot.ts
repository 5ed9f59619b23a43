import { setTimeout as pause } from 'node:timers/promises';
import { WorkerClient, type WorkerError } from '../threads/mod.js';
import type { IngestKit } from './ingest-kit.js';
import type { IngestHandlers, IngestWorkerData } from './live-protocol.js';
import type { LiveSource } from './live-source.js';

/** Milliseconds before a restart; doubles up to a hundredfold while workers keep dying. */
const RESTART_DELAY_MS = 100;
/** Milliseconds that a worker must live for its predecessors' ends to be forgotten. */
const LIVED_MS = 60_000;
/** Milliseconds without a session after which a worker that is not needed is closed. */
const IDLE_MS = 60_000;

export interface IngestSlotOptions<H extends IngestHandlers, S extends LiveSource> {
  readonly index: number;
  readonly kit: IngestKit<H, S>;
  readonly data: IngestWorkerData;
  readonly hangTimeout: number;
  readonly onCrash: ((name: string, error: Error) => void) | undefined;
  /** Whether the pool can do without this worker while it has no session. */
  readonly needless: () => boolean;
}

/** One worker of a pool, from its start over its restarts to its end, and the sessions on it. */
export class IngestSlot<H extends IngestHandlers, S extends LiveSource> {
  readonly name: string;
  readonly sessions = new Map<number, S>();
  readonly #options: IngestSlotOptions<H, S>;
  #client: WorkerClient<H> | undefined;
  #starting: Promise<void> | undefined;
  #startedAt = 0;
  #losses = 0;
  #idle: NodeJS.Timeout | undefined;
  readonly #closing = new AbortController();

  constructor(options: IngestSlotOptions<H, S>) {
    this.#options = options;
    this.name = `${options.kit.name}-${String(options.index)}`;
  }

  /** The worker, while it is ready. */
  get client(): WorkerClient<H> | undefined { return this.#client; }

  /** Settles when a worker that is being started is ready, or was lost once more. */
  get starting(): Promise<void> | undefined { return this.#starting; }

  /** Starts the worker, if it neither runs nor is being started. Rejects where that fails; it is tried again then. */
  start(): Promise<void> {
    if (this.#client || this.#closing.signal.aborted) return Promise.resolve();
    this.#starting ??= this.#launch();
    return this.#starting;
  }

  /** Ends every session with `shutdown`, and the worker. Idempotent. */
  async close(): Promise<void> {
    this.#closing.abort();
    clearTimeout(this.#idle);
    await this.#starting?.catch(() => undefined);
    const client = this.#client;
    if (!client) return;
    await Promise.all([...this.sessions.keys()].map((id) => client.call('close', [id, 'shutdown'] as Parameters<H['close']>).catch(() => undefined)));
    this.#client = undefined;
    await client.close();
  }

  async #launch(): Promise<void> {
    const { kit, data, hangTimeout } = this.#options;
    this.#startedAt = performance.now();
    try {
      const client = await WorkerClient.start<H>(kit.url, {
        name: this.name, carrier: kit.carrier, data: kit.data(data), ...(kit.env ? { env: kit.env } : {}), ...(kit.flags ? { flags: kit.flags } : {}),
        onEvent: (event, args) => { this.#onEvent(event, args); },
        onExit: (error) => { this.#onExit(error); },
      });
      client.watch(hangTimeout);
      if (this.#closing.signal.aborted) await client.close();
      else this.#client = client;
    } finally {
      this.#starting = undefined;
    }
  }

  /** Closes the worker once it has been without a session for long. */
  #retireWhenIdle(): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      if (this.sessions.size > 0 || !this.#options.needless()) return;
      const client = this.#client;
      this.#client = undefined;
      void client?.close();
    }, IDLE_MS);
    this.#idle.unref();
  }

  #onEvent(event: string, [id, ...args]: readonly unknown[]): void {
    if (typeof id !== 'number') { this.#options.kit.onWorkerEvent?.(this.name, event, args); return; }
    const source = this.sessions.get(id);
    if (!source) return;
    if (event === 'end') {
      this.sessions.delete(id);
      if (this.sessions.size === 0 && this.#options.kit.growAt !== undefined) this.#retireWhenIdle();
    }
    source.receive(event, args);
  }

  /** A worker that dies takes its sessions along; the next one takes its place. */
  #onExit(error: WorkerError | undefined): void {
    const { kit, onCrash } = this.#options;
    this.#client = undefined;
    kit.onWorkerGone?.(this.name);
    const sources = [...this.sessions.values()];
    this.sessions.clear();
    const lost = !this.#closing.signal.aborted && error !== undefined;
    for (const source of sources) source.input.end(lost ? kit.lost : 'shutdown', error ? `the ${kit.noun} ended: ${error.message}` : undefined);
    if (!lost) return;
    onCrash?.(this.name, error);
    if (performance.now() - this.#startedAt > LIVED_MS) this.#losses = 0;
    const delay = RESTART_DELAY_MS * Math.min(100, 2 ** this.#losses++);
    this.#starting = pause(delay, undefined, { ref: false, signal: this.#closing.signal }).then(() => this.#launch());
    this.#starting.catch(() => undefined);
  }
}
