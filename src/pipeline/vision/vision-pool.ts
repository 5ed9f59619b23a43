import { SupervisedWorker } from '../../runtime/threads/mod.js';
import type { VisionHandlers } from './vision.js';
import { VisionSeat } from './vision-seat.js';

export interface VisionPoolOptions {
  /** Threads. Each holds the face models once (about 60 MB). */
  readonly workers: number;
  /** Faces followed in one session. */
  readonly maxFaces: number;
  /** Whether the spotter's network runs on every face. Default false. */
  readonly learned?: boolean;
  /** Milliseconds without a sign of life after which a thread is replaced. Default 15 000. */
  readonly hangTimeout?: number;
  /** A thread died or hangs; it is being started again, and the sessions on it go on from their next frame. */
  readonly onCrash?: (name: string, error: Error) => void;
}

interface Slot {
  readonly worker: SupervisedWorker<VisionHandlers>;
  seats: number;
}

/** Threads that track faces and measure motion; a session stays on the thread it was seated on. */
export class VisionPool {
  readonly #slots: readonly Slot[];
  readonly #maxFaces: number;

  private constructor(workers: readonly SupervisedWorker<VisionHandlers>[], maxFaces: number) {
    this.#slots = workers.map((worker) => ({ worker, seats: 0 }));
    this.#maxFaces = maxFaces;
  }

  /** Resolves when every thread has its models loaded and warm. */
  static async start(options: VisionPoolOptions): Promise<VisionPool> {
    const { workers, maxFaces, learned = false, hangTimeout, onCrash } = options;
    const started = await Promise.allSettled(
      Array.from({ length: workers }, (_, i) => {
        const name = `vision-${String(i)}`;
        return SupervisedWorker.start<VisionHandlers>(new URL('./vision.worker.js', import.meta.url), {
          name,
          data: { learned },
          ...(hangTimeout === undefined ? {} : { hangTimeout }),
          onLost: (error) => {
            onCrash?.(name, error);
          },
        });
      }),
    );
    const threads = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const failed = started.find((one) => one.status === 'rejected');
    if (!failed) return new VisionPool(threads, maxFaces);
    await Promise.all(threads.map((thread) => thread.close()));
    throw failed.reason;
  }

  /** Seats a session on the thread with the fewest. */
  seat(session: string): VisionSeat {
    const slot = this.#slots.reduce((a, b) => (b.seats < a.seats ? b : a));
    slot.seats++;
    return new VisionSeat(session, slot.worker, {
      maxFaces: this.#maxFaces,
      onClose: () => {
        slot.seats--;
      },
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.#slots.map(({ worker }) => worker.close()));
  }
}
