import { WorkerError, type SupervisedWorker } from '../../runtime/threads/mod.js';
import type { Frame } from '../../ingest/contract.js';
import type { CropPair, VisionHandlers, VisionResult } from './vision.js';

/** What a seat needs of its thread. */
export type VisionThread = Pick<SupervisedWorker<VisionHandlers>, 'name' | 'generation' | 'call' | 'client'>;

/**
 * A session's place on a vision thread. Frames reach the thread in the order of the calls, whatever they wait for: motion is measured
 * between successive frames, so one that overtakes another changes what is found.
 */
export class VisionSeat {
  readonly #session: string;
  readonly #thread: VisionThread;
  readonly #maxFaces: number;
  readonly #onClose: () => void;
  /** The thread's generation that knows this session; 0: none does. */
  #openedIn = 0;
  /** The greatest number of a face so far. */
  #faces = 0;
  #closed = false;
  #previous: Promise<unknown> = Promise.resolve();

  constructor(session: string, thread: VisionThread, options: { readonly maxFaces: number; readonly onClose: () => void }) {
    this.#session = session;
    this.#thread = thread;
    this.#maxFaces = options.maxFaces;
    this.#onClose = options.onClose;
  }

  /** Transfers the frame's buffer. Rejects with {@link WorkerError}; the next frame opens the session again where its thread was lost. */
  async analyze(frame: Frame): Promise<VisionResult> {
    // One after the other: the first frame waits for `open`, and those that come meanwhile must not pass it.
    const posted = this.#previous.then(() => this.#post(frame));
    this.#previous = posted.catch(() => undefined);
    try {
      const result = await (await posted).result;
      for (const { id } of result.faces) this.#faces = Math.max(this.#faces, Number(id.slice(1)));
      return result;
    } catch (error) {
      if (this.#openedIn !== this.#thread.generation) this.#openedIn = 0;
      throw error;
    }
  }

  /**
   * As the session stood when the frame at media time `asOf` had been analysed, so that the answer does not depend on how far ahead the
   * thread is.
   */
  async crops(face: string, onset: number, apex: number, asOf = Infinity): Promise<CropPair | undefined> {
    if (this.#openedIn !== this.#thread.generation) return undefined;
    return this.#thread.call('crops', [this.#session, face, onset, apex, asOf]);
  }

  /** Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#onClose();
    if (this.#openedIn === this.#thread.generation) void this.#thread.call('close', [this.#session]).catch(() => undefined);
  }

  /** Wrapped in an object, so that who awaits the posting does not await the result. */
  async #post(frame: Frame): Promise<{ readonly result: Promise<VisionResult> }> {
    const thread = this.#thread;
    if (this.#openedIn !== 0 && this.#openedIn !== thread.generation) {
      // Lost between two frames: no call failed, and yet the faces are gone.
      this.#openedIn = 0;
      throw new WorkerError('worker_died', `worker ${thread.name} was lost; another takes its place`, { retryAfter: 0 });
    }
    const client = await thread.client();
    if (this.#openedIn !== thread.generation) {
      const { generation } = thread;
      // A new face must not get the id of one that the lost thread followed.
      await client.call('open', [this.#session, { maxFaces: this.#maxFaces, firstFace: this.#faces + 1 }]);
      this.#openedIn = generation;
    }
    return { result: client.call('analyze', [this.#session, frame], [frame.data.buffer]) };
  }
}
