import { setTimeout as pause } from 'node:timers/promises';
import { settledWithin } from '../common/time-limit.js';
import { RestartBackoff, WorkerClient, type WorkerError } from '../runtime/threads/mod.js';
import type { SourceEvent } from './contract.js';
import type { IngestKit } from './ingest-kit.js';
import type { IngestHandlers, IngestWorkerData } from './live-protocol.js';
import type { LiveSource } from './live-source.js';

/** Milliseconds between a start and the next while workers die young; it has often passed when one dies. */
const RESTART_INTERVAL_MS = 100;
/** Milliseconds without a session after which a worker that is not needed is closed. */
const IDLE_MS = 60_000;
/** Milliseconds that a worker has to end its sessions when it is closed. */
const CLOSE_TIMEOUT_MS = 1000;

export interface IngestSlotOptions<H extends IngestHandlers, S extends LiveSource> {
  readonly index: number;
  readonly kit: IngestKit<H, S>;
  readonly data: IngestWorkerData;
  readonly hangTimeout: number;
  readonly onCrash: ((name: string, error: Error) => void) | undefined;
  readonly onIceServer: ((server: string, up: boolean) => void) | undefined;
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
  /** Counts the workers: what an earlier one says no longer counts. */
  #generation = 0;
  readonly #backoff = new RestartBackoff(RESTART_INTERVAL_MS);
  #idle: NodeJS.Timeout | undefined;
  readonly #closing = new AbortController();

  constructor(options: IngestSlotOptions<H, S>) {
    this.#options = options;
    this.name = `${options.kit.name}-${String(options.index)}`;
  }

  /** The worker, while it is ready. */
  get client(): WorkerClient<H> | undefined {
    return this.#client;
  }

  /** Settles when a worker that is being started is ready, or was lost once more. */
  get starting(): Promise<void> | undefined {
    return this.#starting;
  }

  /** Starts the worker, if it neither runs nor is being started. Rejects where that fails; it is tried again then. */
  start(): Promise<void> {
    if (this.#client || this.#closing.signal.aborted) return Promise.resolve();
    return this.#starting ?? this.#startAfter(0);
  }

  /** Puts a session on the worker. */
  add(id: number, source: S): void {
    clearTimeout(this.#idle);
    this.sessions.set(id, source);
  }

  /** Takes a session off the worker. */
  remove(id: number): void {
    this.sessions.delete(id);
    this.#retireWhenIdle();
  }

  /** Ends every session with `shutdown`, and the worker. Idempotent. */
  async close(): Promise<void> {
    this.#closing.abort();
    clearTimeout(this.#idle);
    await this.#starting?.catch(() => undefined);
    const client = this.#client;
    if (!client) return;
    const ended = Promise.all(
      [...this.sessions.keys()].map((id) => client.call('close', [id, 'shutdown'] as Parameters<H['close']>).catch(() => undefined)),
    );
    await settledWithin(ended, CLOSE_TIMEOUT_MS);
    this.#client = undefined;
    await client.close();
  }

  /** The only way to a worker, so that there is never a second one. */
  #startAfter(ms: number): Promise<void> {
    const waited = ms > 0 ? pause(ms, undefined, { ref: false, signal: this.#closing.signal }) : Promise.resolve();
    const starting = waited
      .then(() => this.#launch())
      .finally(() => {
        // A worker that was lost while it started has its successor on the way already.
        if (this.#starting === starting) this.#starting = undefined;
      });
    starting.catch(() => undefined);
    this.#starting = starting;
    return starting;
  }

  async #launch(): Promise<void> {
    const { kit, data, hangTimeout } = this.#options;
    const generation = ++this.#generation;
    this.#backoff.started();
    const client = await WorkerClient.start<H>(kit.url, {
      name: this.name,
      carrier: kit.carrier,
      data: kit.data(data),
      ...(kit.env ? { env: kit.env } : {}),
      ...(kit.flags ? { flags: kit.flags } : {}),
      ...(kit.carrier === 'process' ? { startSignal: this.#closing.signal } : {}),
      onEvent: (event, [id, ...args]) => {
        if (generation !== this.#generation) return;
        if (event === 'source') {
          const source = this.sessions.get(id as number);
          const message = args[0] as SourceEvent;
          if (source && message.type === 'end') this.remove(id as number);
          source?.receive(message);
        } else if (event === 'iceServer') this.#options.onIceServer?.(args[0] as string, args[1] as boolean);
        else kit.onWorkerEvent?.(this.name, event, args);
      },
      onExit: (error) => {
        if (generation === this.#generation) this.#onExit(error);
      },
    });
    client.watch(hangTimeout);
    if (this.#closing.signal.aborted) {
      await client.close();
      return;
    }
    this.#client = client;
    this.#retireWhenIdle();
  }

  /** Closes the worker once it has been without a session for long. */
  #retireWhenIdle(): void {
    clearTimeout(this.#idle);
    if (this.#options.kit.growAt === undefined || this.sessions.size > 0) return;
    this.#idle = setTimeout(() => {
      if (this.sessions.size > 0 || !this.#options.needless()) return;
      const client = this.#client;
      this.#generation++;
      this.#client = undefined;
      this.#options.kit.onWorkerGone?.(this.name);
      void client?.close();
    }, IDLE_MS);
    this.#idle.unref();
  }

  /** A worker that dies takes its sessions along; the next one takes its place. */
  #onExit(error: WorkerError | undefined): void {
    const { kit, onCrash } = this.#options;
    this.#client = undefined;
    clearTimeout(this.#idle);
    kit.onWorkerGone?.(this.name);
    const sources = [...this.sessions.values()];
    this.sessions.clear();
    const lost = !this.#closing.signal.aborted && error !== undefined;
    const end: SourceEvent = {
      type: 'end',
      reason: lost ? kit.lost : 'shutdown',
      message: error && `the ${kit.noun} ended: ${error.message}`,
    };
    for (const source of sources) source.receive(end);
    if (!lost) return;
    onCrash?.(this.name, error);
    const { delay, lived } = this.#backoff.lost();
    void this.#startAfter(delay - lived).catch(() => undefined);
  }
}
