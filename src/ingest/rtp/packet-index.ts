/** Packets that may come late and still be taken. RFC 3711 section 3.3.2 asks for 64 at least; a resent packet comes later than that. */
const WINDOW = 1024;
const SEQUENCES = 2 ** 16;

/** Takes each index once, and none that is older than the window: what was recorded and is sent again finds the door shut. */
export class ReplayWindow {
  readonly #taken = new Uint8Array(WINDOW);
  #highest = -1;

  /** Whether the packet of this index is new. */
  admits(index: number): boolean {
    if (index < 0) return false;
    if (index > this.#highest) return true;
    return index > this.#highest - WINDOW && this.#taken[index % WINDOW] === 0;
  }

  /** The packet was authentic. */
  take(index: number): void {
    if (index > this.#highest) {
      if (index - this.#highest >= WINDOW) this.#taken.fill(0);
      else for (let skipped = this.#highest + 1; skipped < index; skipped++) this.#taken[skipped % WINDOW] = 0;
      this.#highest = index;
    }
    this.#taken[index % WINDOW] = 1;
  }
}

/**
 * Counts one source's 16-bit sequence numbers on beyond their wraps, as SRTP needs it to decrypt, and turns repeats away.
 *
 * An index is a guess (RFC 3711 section 3.3.1 and appendix A) until the packet proves authentic, and only then moves the state: a
 * forged, resent or lost packet never makes those after it undecipherable.
 */
export class PacketIndex {
  readonly #window = new ReplayWindow();
  #highest: number | undefined;

  /** The index of the packet; undefined when it came before. */
  guess(sequence: number): number | undefined {
    const index = this.#estimate(sequence);
    return this.#window.admits(index) ? index : undefined;
  }

  /** The packet of this index was authentic. */
  take(index: number): void {
    this.#window.take(index);
    this.#highest = Math.max(this.#highest ?? 0, index);
  }

  #estimate(sequence: number): number {
    if (this.#highest === undefined) return sequence;
    const rollovers = Math.floor(this.#highest / SEQUENCES);
    const last = this.#highest % SEQUENCES;
    if (last < SEQUENCES / 2) return (sequence - last > SEQUENCES / 2 ? rollovers - 1 : rollovers) * SEQUENCES + sequence;
    return (last - SEQUENCES / 2 > sequence ? rollovers + 1 : rollovers) * SEQUENCES + sequence;
  }
}

/** The rollover counter of an index. */
export const rollover = (index: number): number => Math.floor(index / SEQUENCES);
