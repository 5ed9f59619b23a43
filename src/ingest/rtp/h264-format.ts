import { FrameBytes, type CodedFrame, type PayloadFormat } from './payload-format.js';

const START_CODE = Uint8Array.of(0, 0, 0, 1);
const STAP_A = 24;
const FU_A = 28;
const IDR = 5;
const SPS = 7;
const PPS = 8;

/**
 * H.264 in RTP, RFC 6184, packetization modes 0 and 1: single NAL units, STAP-A and FU-A. Gives Annex B.
 *
 * A keyframe counts as one only when its SPS and PPS are known: from the stream, or from the offer's `sprop-parameter-sets`,
 * which are then put before it.
 */
export class H264Format implements PayloadFormat {
  readonly #bytes = new FrameBytes();
  readonly #sprop: readonly Uint8Array[];
  #fragment = false;
  #broken = false;
  #sps = false;
  #pps = false;
  #idr = false;
  #slice = false;
  /** The first slice is the picture's first: its first_mb_in_slice is 0, an Exp-Golomb code of one bit (H.264 section 7.3.3). */
  #begun = false;
  /** SPS and PPS were part of this stream before. */
  #known = false;

  constructor(sprop: readonly Uint8Array[] = []) {
    this.#sprop = sprop;
  }

  add(payload: Uint8Array): boolean {
    const done = this.#add(payload);
    if (!done) this.#broken = true;
    return done;
  }

  #add(payload: Uint8Array): boolean {
    const header = payload[0];
    if (header === undefined || header & 0x80) return false; // forbidden_zero_bit
    const type = header & 31;
    if (type === FU_A) return this.#addFragment(payload);
    if (this.#fragment) return false; // the last fragment of the one before is missing
    if (type === STAP_A) return this.#addAggregate(payload);
    return type >= 1 && type <= 23 && this.#addUnit(payload);
  }

  finish(): CodedFrame | undefined {
    const whole = !this.#broken && !this.#fragment && this.#slice && this.#begun;
    const keyframe = this.#idr && ((this.#sps && this.#pps) || this.#known || this.#hasSprop());
    const outOfBand = this.#idr && !(this.#sps && this.#pps) && !this.#known;
    if (whole && this.#sps && this.#pps) this.#known = true;
    let data = this.#bytes.take();
    if (whole && keyframe && outOfBand) {
      const all = new FrameBytes();
      for (const nal of this.#sprop) {
        all.push(START_CODE);
        all.push(nal);
      }
      all.push(data);
      data = all.take();
      this.#known = true;
    }
    this.reset();
    return whole ? { data, keyframe } : undefined;
  }

  reset(): void {
    this.#bytes.clear();
    this.#fragment = this.#broken = this.#sps = this.#pps = this.#idr = this.#slice = this.#begun = false;
  }

  #hasSprop(): boolean {
    const types = this.#sprop.map((nal) => (nal[0] ?? 0) & 31);
    return types.includes(SPS) && types.includes(PPS);
  }

  #note(type: number, firstByte: number): void {
    if (type === IDR) this.#idr = true;
    if (!this.#slice && (type === 1 || type === 2 || type === IDR)) this.#begun = (firstByte & 0x80) !== 0;
    if (type >= 1 && type <= IDR) this.#slice = true;
    if (type === SPS) this.#sps = true;
    if (type === PPS) this.#pps = true;
  }

  #addUnit(nal: Uint8Array): boolean {
    if (nal.length < 2) return true; // an end-of-sequence unit has no body; nothing to decode in it
    this.#note((nal[0] ?? 0) & 31, nal[1] ?? 0);
    return this.#bytes.push(START_CODE) && this.#bytes.push(nal);
  }

  #addAggregate(payload: Uint8Array): boolean {
    for (let at = 1; at < payload.length;) {
      const size = ((payload[at] ?? 0) << 8) | (payload[at + 1] ?? 0);
      at += 2;
      if (size === 0 || at + size > payload.length) return false;
      const nal = payload.subarray(at, at + size);
      const type = (nal[0] ?? 0) & 31;
      if (type < 1 || type > 23 || !this.#addUnit(nal)) return false;
      at += size;
    }
    return payload.length > 1;
  }

  #addFragment(payload: Uint8Array): boolean {
    const [indicator, header] = payload;
    if (indicator === undefined || header === undefined || payload.length < 3) return false;
    const begins = (header & 0x80) !== 0;
    const ends = (header & 0x40) !== 0;
    const type = header & 31;
    if (begins === this.#fragment || (begins && ends) || type < 1 || type > 23) return false;
    if (begins) {
      this.#note(type, payload[2] ?? 0);
      if (!this.#bytes.push(START_CODE) || !this.#bytes.push(Uint8Array.of((indicator & 0xe0) | type))) return false;
    }
    this.#fragment = !ends;
    return this.#bytes.push(payload.subarray(2));
  }
}
