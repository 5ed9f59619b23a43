import type { RtpPacket } from './packet.js';
import { Unwrapper } from './unwrapper.js';

export interface JitterBufferOptions {
  /** Milliseconds that a missing packet is waited for. Default 100. */
  readonly latency?: number;
  /** Packets held at most; beyond, missing packets are skipped. Default 1024. */
  readonly capacity?: number;
  /** Milliseconds between two requests for the same packet, at least. Default 20. */
  readonly nackInterval?: number;
}

export interface JitterBufferOutput {
  /** Packets come in order. */
  packet(packet: RtpPacket): void;
  /** `count` packets before the next one were skipped. */
  lost(count: number): void;
  /** Asks the sender for packets again (RFC 4585 section 6.2.1); sequence numbers of 16 bits. */
  nack(sequences: readonly number[]): void;
}

type Hole = { readonly since: number; asked: number; tries: number };

const MAX_TRIES = 10;
const MAX_NACK = 128;
/** A jump of this many packets is a sender that began anew rather than a loss. */
const RESET_JUMP = 3000;

/**
 * Puts packets in order. Adds no delay while nothing is missing; waits `latency` for what is (longer
 * where repeats are seen to take longer), and asks for it meanwhile.
 *
 *     next expected          highest seen
 *          ▼                      ▼
 *     ──── ○ ● ● ○ ● ● ● ● ● ● ● ●        ● held   ○ hole, asked for again until `latency` is over
 *
 * The clock is the caller's: `push` and `tick` take the time in ms.
 */
export class JitterBuffer {
  readonly #out: JitterBufferOutput;
  readonly #capacity: number;
  readonly #nackInterval: number;
  readonly #held = new Map<number, RtpPacket>();
  readonly #holes = new Map<number, Hole>();
  #latency: number;
  #sequence = new Unwrapper(16);
  #next: number | undefined;
  #highest = 0;
  #roundTrip = 0;
  /** The longest that a hole lately took to be filled, ms. */
  #repair = 0;
  /** Packets that were missing when a later one came, whether or not they came after all. */
  missed = 0;

  constructor(out: JitterBufferOutput, options: JitterBufferOptions = {}) {
    this.#out = out;
    this.#latency = options.latency ?? 100;
    this.#capacity = options.capacity ?? 1024;
    this.#nackInterval = options.nackInterval ?? 20;
  }

  /** Whether packets are missing, so that `tick` has something to do. */
  get waiting(): boolean {
    return this.#holes.size > 0;
  }
  get held(): number {
    return this.#held.size;
  }

  /** Tells the round trip (ms), so that repeats are not asked for before they can be there. */
  set roundTrip(value: number) {
    this.#roundTrip = Math.min(Math.max(value, 0), 500);
  }

  push(packet: RtpPacket, now: number): void {
    let sequence = this.#sequence.unwrap(packet.sequence);
    if (this.#next === undefined) {
      this.#next = sequence;
      this.#highest = sequence - 1;
    } else if (Math.abs(sequence - this.#highest) > RESET_JUMP) {
      this.#restart();
      sequence = this.#sequence.unwrap(packet.sequence);
      this.#next = sequence;
      this.#highest = sequence - 1;
    }
    if (sequence < this.#next || this.#held.has(sequence)) return; // too late, or twice
    const hole = this.#holes.get(sequence);
    if (hole) {
      this.#repair = Math.max(now - hole.since, this.#repair * 0.98);
      this.#holes.delete(sequence);
    }
    if (sequence > this.#highest) {
      for (let missing = this.#highest + 1; missing < sequence; missing++) {
        this.#holes.set(missing, { since: now, asked: 0, tries: 0 });
        this.missed++;
      }
      this.#highest = sequence;
    }
    this.#held.set(sequence, packet);
    this.#release();
    if (this.#held.size > this.#capacity) this.#giveUp(Infinity);
    this.tick(now);
  }

  /** Gives up what is overdue and asks again for the rest. Call every ~20 ms while {@link waiting}. */
  tick(now: number): void {
    if (this.#holes.size === 0) return;
    // A repeat takes a round trip, and two when it is lost as well; where that is long the wait grows, up to four times what was asked for.
    const wait = Math.min(Math.max(this.#latency, 1.5 * this.#roundTrip + 40, 2 * this.#repair), 4 * this.#latency);
    this.#giveUp(now - wait);
    const interval = Math.max(this.#nackInterval, this.#roundTrip * 1.1);
    const ask: number[] = [];
    for (const [sequence, hole] of this.#holes) {
      if (ask.length >= MAX_NACK) break;
      if (hole.tries >= MAX_TRIES || (hole.tries > 0 && now - hole.asked < interval)) continue;
      hole.asked = now;
      hole.tries++;
      ask.push(sequence & 0xffff);
    }
    if (ask.length > 0) this.#out.nack(ask);
  }

  /** Forgets everything, for a new stream. */
  reset(): void {
    this.#held.clear();
    this.#holes.clear();
    this.#next = undefined;
    this.#sequence = new Unwrapper(16);
  }

  #restart(): void {
    const dropped = this.#holes.size + this.#held.size;
    this.reset();
    this.#out.lost(Math.max(1, dropped));
  }

  #release(): void {
    let next = this.#next;
    if (next === undefined) return;
    for (let packet = this.#held.get(next); packet; packet = this.#held.get(++next)) {
      this.#held.delete(next);
      this.#next = next + 1;
      this.#out.packet(packet);
    }
  }

  /** Gives up the holes that opened before `before`, and everything before them. */
  #giveUp(before: number): void {
    let last: number | undefined;
    for (const [sequence, hole] of this.#holes) {
      if (hole.since > before) break; // holes open in order
      last = sequence;
    }
    if (last === undefined || this.#next === undefined) return;
    while (this.#next <= last) {
      let lost = 0;
      while (this.#next <= last && !this.#held.has(this.#next)) {
        this.#holes.delete(this.#next);
        this.#next++;
        lost++;
      }
      if (lost > 0) this.#out.lost(lost);
      this.#release();
    }
  }
}
