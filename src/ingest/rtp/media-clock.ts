import { Unwrapper } from './unwrapper.js';

/** A media clock that leaves the wall clock by more than this (ms) between two frames was set anew. */
const JUMP = 5000;

/**
 * Turns RTP timestamps (90 kHz, 32 bits, random start) into seconds since the session's first frame.
 *
 * Only when the sender's clock begins anew (another SSRC, an encoder that restarts) does arrival bridge the hole, since nothing else can.
 */
export class MediaClock {
  #unwrapper = new Unwrapper(32);
  #offset: number | undefined;
  #last: { ticks: number; seconds: number; at: number } | undefined;
  #anew = false;

  /** The next timestamp belongs to another clock. */
  restart(): void {
    this.#unwrapper = new Unwrapper(32);
    this.#anew = true;
  }

  /** Seconds of media time. `receivedAt`: ms, of the frame that carries `timestamp`. */
  seconds(timestamp: number, receivedAt: number): number {
    let ticks = this.#unwrapper.unwrap(timestamp);
    const last = this.#last;
    this.#offset ??= ticks;
    if (last) {
      const jump = Math.abs((ticks - last.ticks) / 90 - (receivedAt - last.at));
      if (this.#anew || jump > JUMP) {
        if (!this.#anew) {
          this.#unwrapper = new Unwrapper(32);
          ticks = this.#unwrapper.unwrap(timestamp);
        }
        const elapsed = Math.max(1, receivedAt - last.at);
        this.#offset = ticks - last.seconds * 90_000 - elapsed * 90;
      }
    }
    this.#anew = false;
    const seconds = (ticks - this.#offset) / 90_000;
    if (!last || seconds > last.seconds) this.#last = { ticks, seconds, at: receivedAt };
    return seconds;
  }
}
