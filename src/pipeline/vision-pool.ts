import { WorkerClient } from '../threads/mod.js';
import type { Frame } from '../ingest/frame.js';
import type { CropPair, VisionHandlers, VisionResult } from './vision.js';

/** Options of {@link VisionPool}. */
export interface VisionPoolOptions {
  /** Threads. Each holds the face models once (about 60 MB). */
  readonly workers: number;
  /** Faces followed in one session. */
  readonly maxFaces: number;
  /** Whether the spotter's network runs on every face. Default false. */
  readonly learned?: boolean;
  /** Folder of the converted face models. Default: the package's cache. */
  readonly cacheDir?: string;
  /** A thread died; it is being started again, and the sessions on it go on from their next frame. */
  readonly onCrash?: (name: string, error: Error) => void;
}

/** A session's place in the pool. */
export interface VisionSeat {
  /** Gives up the frame's buffer. */
  analyze(frame: Frame): Promise<VisionResult>;
  crops(face: string, onset: number, apex: number): Promise<CropPair | undefined>;
  close(): void;
}

interface Slot { client: Promise<WorkerClient<VisionHandlers>>; seats: number; readonly name: string }

/** Threads that track faces and measure motion; a session stays on the thread it was seated on. */
export class VisionPool {
  readonly #slots: Slot[];
  readonly #options: VisionPoolOptions;
  #closed = false;

  private constructor(options: VisionPoolOptions) {
    this.#options = options;
    this.#slots = Array.from({ length: options.workers }, (_, i) => ({ name: `vision-${String(i)}`, seats: 0, client: undefined as never }));
    for (const slot of this.#slots) this.#launch(slot);
  }

  /** Resolves when every thread has its models loaded and warm. */
  static async start(options: VisionPoolOptions): Promise<VisionPool> {
    const pool = new VisionPool(options);
    try {
      await Promise.all(pool.#slots.map((slot) => slot.client));
    } catch (error) {
      await pool.close();
      throw error;
    }
    return pool;
  }

  /** Seats a session on the thread with the fewest. */
  seat(session: string): VisionSeat {
    const slot = this.#slots.reduce((a, b) => (b.seats < a.seats ? b : a));
    slot.seats++;
    let open: Promise<WorkerClient<VisionHandlers>> | undefined;
    let openedOn: Promise<WorkerClient<VisionHandlers>> | undefined;
    const client = (): Promise<WorkerClient<VisionHandlers>> => {
      if (openedOn !== slot.client) {
        openedOn = slot.client;
        open = slot.client.then(async (c) => { await c.call('open', [session, { maxFaces: this.#options.maxFaces }]); return c; });
      }
      return open ?? slot.client;
    };
    let closed = false;
    return {
      analyze: async (frame) => (await client()).call('analyze', [session, frame], [frame.data.buffer]),
      crops: async (face, onset, apex) => (await client()).call('crops', [session, face, onset, apex]),
      close: () => {
        if (closed) return;
        closed = true;
        slot.seats--;
        if (open) open.then((c) => c.call('close', [session]), () => undefined).catch(() => undefined);
      },
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#slots.map(async (slot) => { await (await slot.client).close(); }));
  }

  #launch(slot: Slot): void {
    slot.client = WorkerClient.start<VisionHandlers>(new URL('./vision.worker.js', import.meta.url), {
      name: slot.name,
      data: { cacheDir: this.#options.cacheDir, learned: this.#options.learned ?? false },
      onExit: (error) => {
        if (!error || this.#closed) return;
        this.#options.onCrash?.(slot.name, error);
        setTimeout(() => { if (!this.#closed) this.#launch(slot); }, 500).unref();
      },
    });
    slot.client.catch(() => undefined);
  }
}
