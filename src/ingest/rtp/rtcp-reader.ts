/** What a sender report says that a receiver needs, RFC 3550 section 6.4.1. */
export interface SenderReport {
  readonly ssrc: number;
  /** The middle 32 bits of its NTP time. */
  readonly ntpMiddle: number;
}

const SENDER_REPORT = 200;
/** Version, type and length, then SSRC and the 64 bits of NTP time. */
const NEEDED = 16;
/** Packets in one datagram that are looked at. */
const MAX_PACKETS = 32;

/** The sender reports in a compound RTCP packet; reading ends where a length can't be true. */
export function senderReports(compound: Uint8Array): SenderReport[] {
  const found: SenderReport[] = [];
  const view = new DataView(compound.buffer, compound.byteOffset, compound.byteLength);
  for (let at = 0, packets = 0; at + 4 <= compound.length && packets < MAX_PACKETS; packets++) {
    const size = (view.getUint16(at + 2) + 1) * 4;
    if (view.getUint8(at) >> 6 !== 2 || at + size > compound.length) break;
    if (view.getUint8(at + 1) === SENDER_REPORT && size >= NEEDED) {
      found.push({ ssrc: view.getUint32(at + 4), ntpMiddle: ((view.getUint16(at + 10) << 16) | view.getUint16(at + 12)) >>> 0 });
    }
    at += size;
  }
  return found;
}
