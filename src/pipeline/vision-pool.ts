import { KeptWorker, WorkerError } from '../threads/mod.js';
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
  /** Milliseconds without a sign of life after which a thread is replaced. Default 15 000. */
  readonly hangTimeout?: number;
  /** A thread died or hangs; it is being started again, and the sessions on it go on from their next frame. */
  readonly onCrash?: (name: string, error: Error) => void;
}

/** A session's place in the pool. */
export interface VisionSeat {
  /** Gives up the frame's buffer. */
  analyze(frame: Frame): Promise<VisionResult>;
  crops(face: string, onset: number, apex: number): Promise<CropPair | undefined>;
  close(): void;
}

interface Slot { readonly worker: KeptWorker<VisionHandlers>; seats: number }

/** Threads that track faces and measure motion; a session stays on the thread it was seated on. */
export class VisionPool {
  readonly #slots: readonly Slot[];
  readonly #maxFaces: number;

  private constructor(workers: readonly KeptWorker<VisionHandlers>[], maxFaces: number) {
    this.#slots = workers.map((worker) => ({ worker, seats: 0 }));
    this.#maxFaces = maxFaces;
  }

  /** Resolves when every thread has its models loaded and warm. */
  static async start(options: VisionPoolOptions): Promise<VisionPool> {
    const { workers, maxFaces, cacheDir, learned = false, hangTimeout, onCrash } = options;
    const started = await Promise.allSettled(Array.from({ length: workers }, (_, i) => {
      const name = `vision-${String(i)}`;
      return KeptWorker.start<VisionHandlers>(new URL('./vision.worker.js', import.meta.url), {
        name, data: { cacheDir, learned }, ...(hangTimeout === undefined ? {} : { hangTimeout }),
        onLost: (error) => { onCrash?.(name, error); },
      });
    }));
    const threads = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const failed = started.find((one) => one.status === 'rejected');
    if (!failed) return new VisionPool(threads, maxFaces);
    await Promise.all(threads.map((thread) => thread.close()));
    throw failed.reason;
  }

  /** Seats a session on the thread with the fewest. */
  seat(session: string): VisionSeat {
    const slot = this.#slots.reduce((a, b) => (b.seats < a.seats ? b : a));
    const { worker } = slot;
    slot.seats++;
    let openedIn = 0;
    let faces = 0;
    let closed = false;
    /** A thread that took another's place knows nothing of this session. */
    const open = async (): Promise<void> => {
      const client = await worker.client();
      if (openedIn === worker.generation) return;
      openedIn = worker.generation;
      // Nobody may take a new face for one that the lost thread followed.
      await client.call('open', [session, { maxFaces: this.#maxFaces, firstFace: faces + 1 }]);
    };
    return {
      analyze: async (frame) => {
        if (openedIn !== 0 && openedIn !== worker.generation) {
          // It was lost between two frames: nobody's call failed, and yet the faces are gone.
          openedIn = 0;
          throw new WorkerError('worker_died', `worker ${worker.name} was lost; another takes its place`, { retryAfter: 0 });
        }
        await open();
        const result = await worker.call('analyze', [session, frame], [frame.data.buffer]).catch((error: unknown) => {
          if (openedIn !== worker.generation) openedIn = 0;
          throw error;
        });
        for (const { id } of result.faces) faces = Math.max(faces, Number(id.slice(1)));
        return result;
      },
      crops: async (face, onset, apex) => {
        if (openedIn !== worker.generation) return undefined;
        return worker.call('crops', [session, face, onset, apex]);
      },
      close: () => {
        if (closed) return;
        closed = true;
        slot.seats--;
        if (openedIn === worker.generation) void worker.call('close', [session]).catch(() => undefined);
      },
    };
  }

  async close(): Promise<void> {
    await Promise.all(this.#slots.map(({ worker }) => worker.close()));
  }
}
