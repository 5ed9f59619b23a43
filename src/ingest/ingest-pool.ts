import { WorkerClient, WorkerError } from '../threads/mod.js';
import { checkOptions } from './check-options.js';
import type { EndReason, FrameSource } from './frame.js';
import type { IngestOptions } from './ingest-options.js';
import type { IngestEvents, IngestHandlers, IngestWorkerData, TrickleReply } from './live-protocol.js';
import { LiveSource } from './live-source.js';
import { localAddresses } from './webrtc/local-addresses.js';
import { WhipError } from './whip-error.js';

/** A publisher that was answered. */
export interface Publication {
  /** SDP of the answer. */
  readonly answer: string;
  readonly source: FrameSource;
  /** ETag of the ICE session (quoted); an ICE restart changes it. */
  readonly etag: string;
  /**
   * Body and `If-Match` of a PATCH (RFC 9725 section 4.3).
   * @throws WhipError `bad_fragment`, `etag_missing`, `etag_mismatch`, `session_over`
   */
  trickle(fragment: string, ifMatch: string | undefined): Promise<TrickleReply>;
  /** Ends the session as DELETE does. May be called twice. */
  close(reason?: EndReason): Promise<void>;
}

interface Slot {
  readonly index: number;
  client: WorkerClient<IngestHandlers> | undefined;
  readonly sessions: Map<number, LiveSource>;
  startedAt: number;
  /** Threads that this one's short-lived predecessors were. */
  losses: number;
}

/** Milliseconds before a restart; doubles up to a hundredfold while threads keep dying. */
const DELAY = 200;
/** Milliseconds that a thread must live for its predecessors' ends to be forgotten. */
const LIVED = 60_000;

/**
 * Receives publishers over WHIP: werift and the decoders live in worker threads, frames come to this one as transferred buffers.
 *
 *     const pool = await IngestPool.start({ workers: 2 });
 *     const { answer, source, etag } = await pool.publish(offer, { sessionKey: 's-1' });
 *     source.start(events);
 */
export class IngestPool {
  readonly #data: IngestWorkerData;
  readonly #slots: readonly Slot[];
  readonly #maxSessions: number;
  readonly #hangTimeout: number;
  readonly #onCrash: ((name: string, error: Error) => void) | undefined;
  #next = 1;
  #closed = false;

  private constructor(options: IngestOptions) {
    const { ice = {}, limits = {} } = options;
    this.#maxSessions = limits.maxSessions ?? 64;
    this.#hangTimeout = options.hangTimeout ?? 15_000;
    this.#onCrash = options.onCrash;
    this.#data = {
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
    this.#slots = Array.from({ length: options.workers ?? 1 }, (_, index) => ({ index, client: undefined, sessions: new Map<number, LiveSource>(), startedAt: 0, losses: 0 }));
  }

  /** Starts the threads. @throws IngestOptionsError when an address can't be bound or a number makes no sense */
  static async start(options: IngestOptions = {}): Promise<IngestPool> {
    await checkOptions(options);
    const pool = new IngestPool(options);
    try {
      await Promise.all(pool.#slots.map((slot) => pool.#startSlot(slot)));
    } catch (error) {
      await pool.close();
      throw error;
    }
    return pool;
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
  async publish(offer: string, { sessionKey }: { readonly sessionKey: string }): Promise<Publication> {
    if (this.full) throw new WhipError('too_many', `the server takes ${String(this.#maxSessions)} publishers at once; try again later`, { retryAfter: 5000 });
    const slot = this.#leastLoaded();
    const client = slot?.client;
    if (!slot || !client) throw new WhipError('too_many', 'the server is restarting its receiver; try again', { retryAfter: 1000 });
    const id = this.#next++;
    const close = async (reason: EndReason): Promise<void> => { await client.call('close', [id, reason]).catch(() => undefined); };
    const source = new LiveSource({
      requestKeyframe: () => { void client.call('requestKeyframe', [id]).catch(() => undefined); },
      close: (reason) => { void close(reason); },
    });
    slot.sessions.set(id, source);
    try {
      const { answer, etag } = await client.call('publish', [id, offer, source.taken]);
      return {
        answer, etag, source,
        trickle: async (fragment, ifMatch) => client.call('trickle', [id, fragment, ifMatch]).catch((error: unknown) => { throw asWhipError(error, sessionKey); }),
        close: (reason = 'deleted') => close(reason),
      };
    } catch (error) {
      slot.sessions.delete(id);
      throw asWhipError(error, sessionKey);
    }
  }

  /** Ends every session with `shutdown` and the threads. May be called twice. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#slots.map(async (slot) => {
      const { client } = slot;
      if (!client) return;
      await Promise.all([...slot.sessions.keys()].map((id) => client.call('close', [id, 'shutdown']).catch(() => undefined)));
      slot.client = undefined;
      await client.close();
    }));
  }

  #leastLoaded(): Slot | undefined {
    return this.#slots.filter(({ client }) => client).sort((a, b) => a.sessions.size - b.sessions.size)[0];
  }

  async #startSlot(slot: Slot): Promise<void> {
    slot.startedAt = performance.now();
    slot.client = await WorkerClient.start<IngestHandlers>(new URL('./ingest.worker.ts', import.meta.url), {
      name: `ingest-${String(slot.index)}`,
      data: { ...this.#data, ice: { ...this.#data.ice, ...this.#ports(slot.index) } } satisfies IngestWorkerData,
      onEvent: (event, args) => { this.#onEvent(slot, event as keyof IngestEvents, args); },
      onExit: (error) => { this.#onExit(slot, error); },
    });
    slot.client.watch(this.#hangTimeout);
  }

  /** Each thread its own part of the ports, so that two never look at the same one. */
  #ports(index: number): { readonly portRange?: readonly [number, number] } {
    const range = this.#data.ice.portRange;
    if (!range) return {};
    const [first, last] = range;
    const part = Math.floor((last - first + 1) / this.#slots.length);
    const begin = first + index * part;
    return { portRange: [begin, index === this.#slots.length - 1 ? last : begin + part - 1] };
  }

  #onEvent(slot: Slot, event: keyof IngestEvents, [id, ...args]: readonly unknown[]): void {
    const source = slot.sessions.get(id as number);
    if (!source) return;
    if (event === 'end') slot.sessions.delete(id as number);
    (source.input[event] as (...args: readonly unknown[]) => void)(...args);
  }

  /** A thread that dies takes its sessions along; the next one takes its place. */
  #onExit(slot: Slot, error: WorkerError | undefined): void {
    slot.client = undefined;
    const sources = [...slot.sessions.values()];
    slot.sessions.clear();
    for (const source of sources) source.input.end(this.#closed ? 'shutdown' : 'failed', error ? `the receiving thread ended: ${error.message}` : undefined);
    if (this.#closed || !error) return;
    this.#onCrash?.(`ingest-${String(slot.index)}`, error);
    if (performance.now() - slot.startedAt > LIVED) slot.losses = 0;
    const again = setTimeout(() => { void this.#startSlot(slot).catch(() => undefined); }, DELAY * Math.min(100, 2 ** slot.losses++));
    again.unref();
  }
}

function asWhipError(error: unknown, sessionKey: string): Error {
  if (error instanceof WorkerError) {
    const whip = WhipError.from(error.code, error.message, error);
    if (whip) return whip;
    if (error.code.startsWith('worker_')) return new WhipError('too_many', 'the receiving thread failed and is started again; try again', { cause: error, retryAfter: 1000 });
  }
  return new WhipError('ice_failed', `session ${sessionKey} could not be set up: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
}
