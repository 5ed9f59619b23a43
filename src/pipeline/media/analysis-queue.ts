import type { Frame } from '../../ingest/contract.js';

/** What a queue does with the frames of one session. */
export interface QueuedSession {
  /** Analyses one frame. `waiting`: frames of the session behind it. */
  analyze(frame: Frame, waiting: number): void;
  /** A frame fell out: too many waited. */
  dropped(frame: Frame): void;
}

interface Place {
  readonly session: QueuedSession;
  readonly waiting: Frame[];
  readonly drained: (() => void)[];
}

/**
 * Takes the sessions of a process in turns, a frame at a time, and lets the event loop read its sockets between two frames: packets
 * are never lost because a face is being measured. Each session's frames are analysed in order; beyond `capacity`, its oldest drops out.
 */
export class AnalysisQueue {
  readonly #capacity: number;
  readonly #places = new Map<QueuedSession, Place>();
  #turns: Place[] = [];
  #scheduled = false;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  push(session: QueuedSession, frame: Frame): void {
    let place = this.#places.get(session);
    if (!place) this.#places.set(session, (place = { session, waiting: [], drained: [] }));
    place.waiting.push(frame);
    if (place.waiting.length === 1) this.#turns.push(place);
    if (place.waiting.length > this.#capacity) {
      const oldest = place.waiting.shift();
      if (oldest) session.dropped(oldest);
    }
    this.#schedule();
  }

  /** Calls back once nothing of the session waits; at once where nothing does. */
  whenDrained(session: QueuedSession, callback: () => void): void {
    const place = this.#places.get(session);
    if (place) place.drained.push(callback);
    else callback();
  }

  #schedule(): void {
    if (this.#scheduled || this.#turns.length === 0) return;
    this.#scheduled = true;
    // After the poll phase, so one turn of the event loop, with all packets that came, lies between two frames.
    setImmediate(this.#next);
  }

  readonly #next = (): void => {
    this.#scheduled = false;
    const place = this.#turns.shift();
    const frame = place?.waiting.shift();
    if (!place || !frame) return;
    if (place.waiting.length > 0) this.#turns.push(place);
    else this.#places.delete(place.session);
    place.session.analyze(frame, place.waiting.length);
    if (place.waiting.length === 0) for (const callback of place.drained) callback();
    this.#schedule();
  };
}
