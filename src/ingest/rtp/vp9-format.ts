import { FrameBytes, type CodedFrame, type PayloadFormat } from './payload-format.js';

type Descriptor = { readonly size: number; readonly begins: boolean; readonly ends: boolean; readonly spatial: number };

/**
 * VP9 in RTP, RFC 9628 section 4. Of several spatial layers only the lowest is kept, which decodes by itself.
 *
 *      0 1 2 3 4 5 6 7
 *     +-+-+-+-+-+-+-+-+
 *     |I|P|L|F|B|E|V|Z|   I: picture id, L: layers, F: flexible mode, B/E: layer frame begins/ends, V: scalability structure
 *     +-+-+-+-+-+-+-+-+
 */
export class Vp9Format implements PayloadFormat {
  readonly #bytes = new FrameBytes();
  #begun = false;
  #ended = false;

  add(payload: Uint8Array): boolean {
    const descriptor = readDescriptor(payload);
    if (!descriptor || descriptor.size >= payload.length) return false;
    if (descriptor.spatial > 0) return this.#ended;
    if (descriptor.begins === this.#begun || this.#ended) return false;
    this.#begun = true;
    this.#ended = descriptor.ends;
    return this.#bytes.push(payload.subarray(descriptor.size));
  }

  finish(): CodedFrame | undefined {
    const whole = this.#begun && this.#ended;
    const data = this.#bytes.take();
    this.reset();
    const first = data[0];
    if (!whole || first === undefined || first >> 6 !== 2) return undefined;
    return { data, keyframe: isKeyframe(data) };
  }

  reset(): void {
    this.#begun = false;
    this.#ended = false;
    this.#bytes.clear();
  }
}

/** VP9 bitstream, section 6.2: frame_marker(2) profile_low profile_high [reserved if profile 3] show_existing_frame frame_type. */
function isKeyframe(data: Uint8Array): boolean {
  const first = data[0] ?? 0;
  const profile = ((first >> 5) & 1) | ((first >> 3) & 2);
  const shift = profile === 3 ? 2 : 3;
  const existing = (first >> shift) & 1;
  const inter = (first >> (shift - 1)) & 1;
  return existing === 0 && inter === 0;
}

function readDescriptor(payload: Uint8Array): Descriptor | undefined {
  const first = payload[0];
  if (first === undefined) return undefined;
  const flexible = (first & 0x10) !== 0;
  let at = 1;
  let spatial = 0;
  if (first & 0x80) {
    const picture = payload[at++];
    if (picture === undefined) return undefined;
    if (picture & 0x80) at++;
  }
  if (first & 0x20) {
    const layers = payload[at++];
    if (layers === undefined) return undefined;
    spatial = (layers >> 1) & 7;
    if (!flexible) at++; // TL0PICIDX
  }
  if (flexible && first & 0x40) {
    for (let references = 0; ; references++) {
      const reference = payload[at++];
      if (reference === undefined || references === 3) return undefined;
      if (!(reference & 1)) break;
    }
  }
  if (first & 0x02) {
    const size = structureSize(payload, at);
    if (size === undefined) return undefined;
    at += size;
  }
  return { size: at, begins: (first & 0x08) !== 0, ends: (first & 0x04) !== 0, spatial };
}

/** Length of the scalability structure, RFC 9628 section 4.2.1. */
function structureSize(payload: Uint8Array, start: number): number | undefined {
  const header = payload[start];
  if (header === undefined) return undefined;
  let at = start + 1;
  if (header & 0x10) at += ((header >> 5) + 1) * 4;
  if (header & 0x08) {
    const groups = payload[at++];
    if (groups === undefined) return undefined;
    for (let group = 0; group < groups; group++) {
      const entry = payload[at++];
      if (entry === undefined) return undefined;
      at += (entry >> 2) & 3;
    }
  }
  return at - start;
}
