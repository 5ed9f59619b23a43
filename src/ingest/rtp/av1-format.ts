import { FrameBytes, MAX_FRAME_BYTES, type CodedFrame, type PayloadFormat } from './payload-format.js';

const SEQUENCE_HEADER = 1;
const TEMPORAL_DELIMITER = 2;
const TILE_LIST = 8;
const PADDING = 15;

/**
 * AV1 in RTP, "RTP Payload Format For AV1" version 1.0 section 4. Gives a low-overhead OBU stream with size fields.
 *
 *      0 1 2 3 4 5 6 7
 *     +-+-+-+-+-+-+-+-+
 *     |Z|Y| W |N|-|-|-|   Z: continues an OBU, Y: its last OBU goes on, W: OBUs in the packet (0: each has its length), N: new sequence
 *     +-+-+-+-+-+-+-+-+
 */
export class Av1Format implements PayloadFormat {
  readonly #bytes = new FrameBytes();
  readonly #open = new FrameBytes();
  #fragment = false;
  #sequence = false;
  #frames = 0;
  #any = false;

  add(payload: Uint8Array): boolean {
    const header = payload[0];
    if (header === undefined || payload.length < 2) return false;
    const continues = (header & 0x80) !== 0;
    const goesOn = (header & 0x40) !== 0;
    const count = (header >> 4) & 3;
    const newSequence = (header & 0x08) !== 0;
    if (continues !== this.#fragment || (continues && newSequence) || (newSequence && this.#any)) return false;
    this.#any = true;
    let at = 1;
    for (let element = 1; at < payload.length; element++) {
      let size = payload.length - at;
      if (count === 0 || element < count) {
        const length = readLeb128(payload, at);
        if (!length) return false;
        at += length.bytes;
        size = length.value;
      }
      if (size > payload.length - at || (count > 0 && element > count)) return false;
      const last = at + size === payload.length;
      if (!this.#open.push(payload.subarray(at, at + size))) return false;
      at += size;
      this.#fragment = last && goesOn;
      if (!this.#fragment && !this.#close()) return false;
    }
    return true;
  }

  finish(): CodedFrame | undefined {
    const whole = !this.#fragment && this.#frames > 0;
    const keyframe = this.#sequence;
    const data = this.#bytes.take();
    this.reset();
    return whole ? { data, keyframe } : undefined;
  }

  reset(): void {
    this.#bytes.clear();
    this.#open.clear();
    this.#fragment = this.#sequence = this.#any = false;
    this.#frames = 0;
  }

  /** An OBU is whole: writes it with a size field. */
  #close(): boolean {
    const obu = this.#open.take();
    const header = obu[0];
    if (header === undefined) return true; // an empty element is allowed
    if (header & 0x80) return false; // obu_forbidden_bit
    const type = (header >> 3) & 15;
    const extended = (header & 0x04) !== 0;
    let body = extended ? 2 : 1;
    let size = obu.length - body;
    if (header & 0x02) {
      const length = readLeb128(obu, body);
      if (!length) return false;
      body += length.bytes;
      size = length.value;
    }
    if (size < 0 || body + size > obu.length) return false;
    if (type === TEMPORAL_DELIMITER || type === TILE_LIST || type === PADDING) return true;
    if (type === SEQUENCE_HEADER) this.#sequence = true;
    if (type === 3 || type === 4 || type === 6) this.#frames++; // frame header, tile group, frame
    const head = [header | 0x02, ...(extended ? [obu[1] ?? 0] : []), ...leb128(size)];
    return this.#bytes.push(Uint8Array.from(head)) && this.#bytes.push(obu.subarray(body, body + size));
  }
}

function readLeb128(data: Uint8Array, at: number): { readonly value: number; readonly bytes: number } | undefined {
  let value = 0;
  for (let bytes = 0; bytes < 4; bytes++) {
    // 28 bits are more than a picture may have
    const byte = data[at + bytes];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * 2 ** (7 * bytes);
    if (!(byte & 0x80)) return value <= MAX_FRAME_BYTES ? { value, bytes: bytes + 1 } : undefined;
  }
  return undefined;
}

function leb128(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    bytes.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    rest >>>= 7;
  } while (rest > 0);
  return bytes;
}
