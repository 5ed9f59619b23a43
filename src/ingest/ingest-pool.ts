import { settledWithin } from '../common/time-limit.js';
import { WorkerError, type WorkerClient } from '../runtime/threads/mod.js';
import { checkOptions } from './check-options.js';
import type { EndReason } from './contract.js';
import { THREADS, type IngestKit } from './ingest-kit.js';
import type { IngestOptions } from './ingest-options.js';
import { IngestSlot } from './ingest-slot.js';
import type { IngestHandlers, IngestWorkerData, TrickleReply } from './live-protocol.js';
import type { LiveSource } from './live-source.js';
import { localAddresses } from './webrtc/local-addresses.js';
import { WhipError } from './whip-error.js';

/** A publisher that was answered. */
export interface Publication<S extends LiveSource = LiveSource> {
  /** SDP of the answer. */
  readonly answer: string;
  readonly source: S;
  /** ETag of the ICE session (quoted); an ICE restart changes it. */
  readonly etag: string;
  /**
   * Body and `If-Match` of a PATCH (RFC 9725 section 4.3).
   * @throws WhipError `bad_fragment`, `etag_missing`, `etag_mismatch`, `session_over`
   */
  trickle(fragment: string, ifMatch: string | undefined): Promise<TrickleReply>;
  /** Ends the session as DELETE does. Idempotent. */
  close(reason?: EndReason): Promise<void>;
}

/** Milliseconds for which a publisher waits for a worker that is being started, where there is none. */
const START_WAIT_MS = 5000;
/** The same where there is one that has its share of sessions. */
const GROW_WAIT_MS = 1200;

/**
 * Receives publishers over WHIP: werift and the decoders live in worker threads or processes.
 *
 *     const pool = await IngestPool.start({ workers: 2 });
 *     const { answer, source, etag } = await pool.publish(offer, { sessionKey: 's-1' });
 *     source.start((event) => …);
 */
export class IngestPool<H extends IngestHandlers = IngestHandlers, S extends LiveSource = LiveSource> {
  readonly #kit: IngestKit<H, S>;
  readonly #slots: readonly IngestSlot<H, S>[];
  readonly #maxSessions: number;
  #next = 1;
  #closed = false;

  private constructor(kit: IngestKit<H, S>, options: IngestOptions) {
    const { ice = {}, limits = {}, workers = 1 } = options;
    this.#kit = kit;
    this.#maxSessions = limits.maxSessions ?? 64;
    const data: IngestWorkerData = {
      ice,
      addresses: localAddresses(ice),
      maxWidth: limits.maxWidth ?? 1920,
      maxHeight: limits.maxHeight ?? 1920,
      maxBitrate: limits.maxBitrate ?? 4_000_000,
      endAboveBitrate: limits.endAboveBitrate ?? 20_000_000,
      maxFps: limits.maxFps ?? 120,
      jitterMs: options.jitterMs ?? 100,
      iceTimeout: options.iceTimeout ?? 6000,
      connectTimeout: options.connectTimeout ?? 15_000,
      mediaTimeout: options.mediaTimeout ?? 10_000,
      simulatedLoss: options.simulatedLoss ?? 0,
    };
    this.#slots = Array.from(
      { length: workers },
      (_, index) =>
        new IngestSlot({
          index,
          kit,
          hangTimeout: options.hangTimeout ?? 15_000,
          onCrash: options.onCrash,
          onIceServer: options.onIceServer,
          needless: () => this.workers.length > 1,
          data: { ...data, ice: { ...ice, ...portsOf(index, workers, ice.portRange) } },
        }),
    );
  }

  /** Starts threads that receive and decode. @throws IngestOptionsError when an address can't be bound or a number makes no sense */
  static start(options: IngestOptions = {}): Promise<IngestPool> {
    return IngestPool.startWith(THREADS, options);
  }

  /** As {@link start}, with workers of another kind. */
  static async startWith<H extends IngestHandlers, S extends LiveSource>(
    kit: IngestKit<H, S>,
    options: IngestOptions,
  ): Promise<IngestPool<H, S>> {
    await checkOptions(options);
    const pool = new IngestPool(kit, options);
    try {
      await Promise.all(pool.#slots.slice(0, kit.growAt === undefined ? undefined : 1).map((slot) => slot.start()));
    } catch (error) {
      await pool.close();
      throw error;
    }
    return pool;
  }

  /** The workers that are ready. */
  get workers(): { readonly name: string; readonly pid: number | undefined; readonly sessions: number }[] {
    return this.#slots.flatMap(({ name, client, sessions }) => (client ? [{ name, pid: client.pid, sessions: sessions.size }] : []));
  }

  /** Sessions that run. */
  get sessions(): number {
    return this.#slots.reduce((sum, { sessions }) => sum + sessions.size, 0);
  }

  /** Whether another publisher would be taken. */
  get full(): boolean {
    return this.#closed || this.sessions >= this.#maxSessions;
  }

  /**
   * Answers a WHIP offer. `sessionKey` names the session in errors.
   * @throws WhipError
   */
  async publish(offer: string, { sessionKey }: { readonly sessionKey: string }): Promise<Publication<S>> {
    if (this.full)
      throw new WhipError('too_many', `the server takes ${String(this.#maxSessions)} publishers at once; try again later`, {
        retryAfter: 5000,
      });
    // The worker may die before its answer, or have died unnoticed: another one is asked once.
    for (let mayRetry = true; ; mayRetry = false) {
      const publication = await this.#publishOnce(offer, sessionKey, mayRetry);
      if (publication) return publication;
    }
  }

  /** Undefined where the worker failed before it answered and `mayRetry`. */
  async #publishOnce(offer: string, sessionKey: string, mayRetry: boolean): Promise<Publication<S> | undefined> {
    const id = this.#next++;
    const claim = await this.#claim(id);
    if (!claim) throw new WhipError('too_many', `the ${this.#kit.noun} is being started; try again`, { retryAfter: 1000 });
    const { slot, client, source } = claim;
    const call = client as unknown as WorkerClient<IngestHandlers>;
    try {
      const { answer, etag } = await call.call('publish', [id, offer, this.#kit.carrier === 'thread' ? source.taken : undefined]);
      return {
        answer,
        etag,
        source,
        trickle: async (fragment, ifMatch) =>
          call.call('trickle', [id, fragment, ifMatch]).catch((error: unknown) => {
            throw this.#asWhipError(error, sessionKey);
          }),
        close: async (reason = 'deleted') => {
          await call.call('close', [id, reason]).catch(() => undefined);
        },
      };
    } catch (error) {
      slot.remove(id);
      if (mayRetry && isWorkerFailure(error)) return undefined;
      throw this.#asWhipError(error, sessionKey);
    }
  }

  /** Ends every session with `shutdown` and the workers. Idempotent. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#slots.map((slot) => slot.close()));
  }

  #source(client: WorkerClient<H>, id: number): S {
    const call = client as unknown as WorkerClient<IngestHandlers>;
    return this.#kit.source(
      {
        close: (reason) => {
          void call.call('close', [id, reason]).catch(() => undefined);
        },
      },
      client,
      id,
    );
  }

  /**
   * Puts a session on the ready worker with the fewest; before all are well filled, another is started and waited for. Chosen and taken
   * in one go, since many may wait for the same worker.
   */
  async #claim(id: number): Promise<{ readonly slot: IngestSlot<H, S>; readonly client: WorkerClient<H>; readonly source: S } | undefined> {
    const { growAt = Infinity, growWaitMs = GROW_WAIT_MS } = this.#kit;
    for (const from = performance.now(); ;) {
      const slot = this.#leastLoaded();
      const client = slot?.client;
      const next = this.#slots.find(({ starting }) => starting !== undefined) ?? this.#slots.find((other) => !other.client);
      const left = from + (client ? growWaitMs : START_WAIT_MS) - performance.now();
      if (this.#closed) return undefined;
      if (slot && client && (slot.sessions.size < growAt || !next || left <= 0)) {
        const source = this.#source(client, id);
        slot.add(id, source);
        return { slot, client, source };
      }
      if (!next || left <= 0) return undefined;
      await settledWithin(next.start(), left);
    }
  }

  #leastLoaded(): IngestSlot<H, S> | undefined {
    return this.#slots.filter(({ client }) => client).sort((a, b) => a.sessions.size - b.sessions.size)[0];
  }

  #asWhipError(error: unknown, sessionKey: string): Error {
    if (error instanceof WorkerError) {
      const whip = WhipError.from(error.code, error.message, error);
      if (whip) return whip;
      if (isWorkerFailure(error))
        return new WhipError('too_many', `the ${this.#kit.noun} failed and is started again; try again`, {
          cause: error,
          retryAfter: 1000,
        });
    }
    return new WhipError(
      'ice_failed',
      `session ${sessionKey} could not be set up: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error },
    );
  }
}

/** The worker failed, not the request. */
function isWorkerFailure(error: unknown): boolean {
  return error instanceof WorkerError && error.code.startsWith('worker_') && WhipError.from(error.code, error.message, error) === undefined;
}

/** Each worker its own part of the ports, so that two never look at the same one. */
function portsOf(
  index: number,
  workers: number,
  range: readonly [number, number] | undefined,
): { readonly portRange?: readonly [number, number] } {
  if (!range) return {};
  const [first, last] = range;
  const part = Math.floor((last - first + 1) / workers);
  const begin = first + index * part;
  return { portRange: [begin, index === workers - 1 ? last : begin + part - 1] };
}
