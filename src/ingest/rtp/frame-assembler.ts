import type { RtpPacket } from './packet.js';
import type { PayloadFormat } from './payload-format.js';

/** A whole picture out of the jitter buffer. */
export interface AssembledFrame {
  readonly data: Uint8Array;
  readonly keyframe: boolean;
  /** RTP timestamp, 32 bits. */
  readonly timestamp: number;
  /** Wall clock (ms) of its last packet. */
  readonly receivedAt: number;
}

export interface AssemblerOutput {
  frame(frame: AssembledFrame): void;
  /** A picture came that can't be used: damaged, or it leans on one that was lost. */
  dropped(): void;
  /** Decoding can only go on from a keyframe, which should be asked for. */
  needKeyframe(): void;
}

/** Packets of one picture, at most. */
const MAX_PACKETS = 4096;

/**
 * Puts ordered packets together to pictures, and lets none pass after a loss until a keyframe comes.
 *
 * A picture ends with its marker bit, or where the timestamp changes.
 */
export class FrameAssembler {
  readonly #format: PayloadFormat;
  readonly #out: AssemblerOutput;
  #timestamp: number | undefined;
  #packets = 0;
  #damaged = false;
  #receivedAt = 0;
  #waiting = true;

  constructor(format: PayloadFormat, out: AssemblerOutput) {
    this.#format = format;
    this.#out = out;
  }

  /** True until a keyframe has come. */
  get waiting(): boolean {
    return this.#waiting;
  }

  push(packet: RtpPacket): void {
    if (packet.payload.length === 0) return; // padding
    if (this.#timestamp !== undefined && packet.timestamp !== this.#timestamp) this.#finish();
    this.#timestamp = packet.timestamp;
    this.#receivedAt = packet.receivedAt;
    this.#packets++;
    if (!this.#damaged && (this.#packets > MAX_PACKETS || !this.#format.add(packet.payload))) {
      this.#damaged = true;
      this.#format.reset();
    }
    if (packet.marker) this.#finish();
  }

  /** Packets before the next one were lost. */
  gap(): void {
    if (this.#timestamp !== undefined) this.#damaged = true;
    this.#format.reset();
    this.#wait();
  }

  /** The decoder can't go on; as after a loss. */
  waitForKeyframe(): void {
    this.#wait();
  }

  #finish(): void {
    const timestamp = this.#timestamp ?? 0;
    const coded = this.#damaged ? undefined : this.#format.finish();
    this.#timestamp = undefined;
    this.#packets = 0;
    this.#damaged = false;
    this.#format.reset();
    if (coded && (coded.keyframe || !this.#waiting)) {
      this.#waiting = false;
      this.#out.frame({ ...coded, timestamp, receivedAt: this.#receivedAt });
      return;
    }
    this.#out.dropped();
    this.#wait();
  }

  #wait(): void {
    this.#waiting = true;
    this.#out.needKeyframe();
  }
}
