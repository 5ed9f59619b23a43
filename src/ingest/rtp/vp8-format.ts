import { FrameBytes, type CodedFrame, type PayloadFormat } from './payload-format.js';

/**
 * VP8 in RTP, RFC 7741 section 4.
 *
 *      0 1 2 3 4 5 6 7
 *     +-+-+-+-+-+-+-+-+
 *     |X|R|N|S|R| PID |  then, if X:  |I|L|T|K| RSV |  and I: 1 or 2 bytes, L: 1, T or K: 1
 *     +-+-+-+-+-+-+-+-+
 */
export class Vp8Format implements PayloadFormat {
  readonly #bytes = new FrameBytes();
  #begun = false;

  add(payload: Uint8Array): boolean {
    const first = payload[0];
    if (first === undefined) return false;
    let at = 1;
    if (first & 0x80) {
      const extension = payload[at++];
      if (extension === undefined) return false;
      if (extension & 0x80) {
        const picture = payload[at++];
        if (picture === undefined) return false;
        if (picture & 0x80) at++;
      }
      if (extension & 0x40) at++;
      if (extension & 0x30) at++;
    }
    if (at >= payload.length) return false;
    const begins = (first & 0x10) !== 0 && (first & 0x07) === 0;
    // A beginning in the middle, or a middle without its beginning. (Later partitions begin too, but their PID is not 0.)
    if (begins === this.#begun) return false;
    this.#begun = true;
    return this.#bytes.push(payload.subarray(at));
  }

  finish(): CodedFrame | undefined {
    if (!this.#begun) return undefined;
    this.#begun = false;
    const data = this.#bytes.take();
    // RFC 6386 section 9.1: frame tag of 3 bytes, its lowest bit 0 for a key frame, then the start code 9d 01 2a.
    const inter = ((data[0] ?? 1) & 1) === 1;
    if (data.length < 3) return undefined;
    if (!inter && (data.length < 10 || data[3] !== 0x9d || data[4] !== 0x01 || data[5] !== 0x2a)) return undefined;
    return { data, keyframe: !inter };
  }

  reset(): void {
    this.#begun = false;
    this.#bytes.clear();
  }
}
