/** A coded picture, ready for the decoder. */
export interface CodedFrame {
  readonly data: Uint8Array;
  /** Whether decoding can begin here. */
  readonly keyframe: boolean;
}

/**
 * How one codec lies in RTP packets. Gathers the payloads of one picture.
 *
 * Payloads come from the network: every length is checked, and a malformed payload is `false`, never a throw.
 */
export interface PayloadFormat {
  /** Takes the next payload of the current picture; false when it is malformed or does not continue what came before. */
  add(payload: Uint8Array): boolean;
  /** The picture, whole; undefined when its beginning or end is missing. Begins a new one. */
  finish(): CodedFrame | undefined;
  /** Drops what was gathered. */
  reset(): void;
}

/** Bytes of one picture, at most: a raw 1080p frame would fit. */
export const MAX_FRAME_BYTES = 4 * 1024 * 1024;

/** Gathers byte ranges up to {@link MAX_FRAME_BYTES}. */
export class FrameBytes {
  readonly #parts: Uint8Array[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** False when the picture would become too large. */
  push(part: Uint8Array): boolean {
    if (this.#length + part.length > MAX_FRAME_BYTES) return false;
    this.#parts.push(part);
    this.#length += part.length;
    return true;
  }

  take(): Uint8Array {
    const [only] = this.#parts;
    const data = this.#parts.length === 1 && only ? only : new Uint8Array(this.#length);
    if (this.#parts.length > 1) {
      let at = 0;
      for (const part of this.#parts) {
        data.set(part, at);
        at += part.length;
      }
    }
    this.clear();
    return data;
  }

  clear(): void {
    this.#parts.length = 0;
    this.#length = 0;
  }
}
