import { PacketIndex, ReplayWindow, rollover } from '../rtp/packet-index.js';
import { extensionElement, paddedEnd, readRtpHeader } from '../rtp/rtp-header.js';
import { senderReports, type SenderReport } from '../rtp/rtcp-reader.js';
import type { ReceivedRtp } from './received-rtp.js';

/** Authenticates and decrypts; werift's ciphers in use. Both throw where the packet isn't authentic. */
export interface SrtpCipher {
  /** `rolloverCounter`: RFC 3711 section 3.3.1. Gives the header as it was, then the payload. */
  decryptRtp(
    packet: Buffer,
    rolloverCounter: number,
    header: { readonly ssrc: number; readonly sequenceNumber: number; readonly payloadOffset: number; readonly padding: boolean },
  ): Buffer;
  decryptRtcp(packet: Buffer): Buffer;
}

export interface SrtpReceiverEvents {
  rtp(packet: ReceivedRtp): void;
  senderReport(report: SenderReport): void;
}

/** Bytes that SRTP adds behind an RTP packet: the tag of AES-CM with HMAC-SHA1-80, of AES-GCM. */
export type TagLength = 10 | 16;

/** Bytes; a jumbo frame of Ethernet. */
const MAX_PACKET = 9216;
/** Sources that a publisher may go through; the one that was silent longest is forgotten. */
const MAX_SOURCES = 16;
const RTCP_INDEX = 4;

/**
 * The receiving half of SRTP (RFC 3711) between werift's sockets and us.
 *
 * werift 0.24 has the ciphers right but reads header extensions before it authenticates, in time that grows with the square of a length
 * that the packet merely claims; takes every packet again as often as it is sent; and loses the rollover counter, and with it every
 * packet from then on, when more than a hundred packets are lost about a wrap. So lengths are checked first, indices are counted here
 * and only authentic packets count.
 */
export class SrtpReceiver {
  readonly #cipher: SrtpCipher;
  readonly #tag: TagLength;
  readonly #events: SrtpReceiverEvents;
  readonly #sources = new Map<number, PacketIndex>();
  readonly #reports = new Map<number, ReplayWindow>();
  /** Datagrams that were malformed, forged or seen before. */
  refused = 0;

  constructor(cipher: SrtpCipher, tag: TagLength, events: SrtpReceiverEvents) {
    this.#cipher = cipher;
    this.#tag = tag;
    this.#events = events;
  }

  /** Takes a datagram whose first byte is 128 to 191 (RFC 7983 section 7). Never throws but what a listener throws. */
  push(packet: Buffer): void {
    const type = packet[1] ?? 0;
    // RFC 5761 section 4: payload types 64 to 95 are RTCP's.
    const done = packet.length <= MAX_PACKET && (type >= 192 && type <= 223 ? this.#rtcp(packet) : this.#rtp(packet));
    if (!done) this.refused++;
  }

  #rtp(packet: Buffer): boolean {
    const header = readRtpHeader(packet, packet.length - this.#tag);
    if (!header) return false;
    const { ssrc, sequence, payloadOffset, padding, marker, payloadType, timestamp } = header;
    const known = this.#sources.get(ssrc);
    const source = known ?? new PacketIndex();
    const index = source.guess(sequence);
    if (index === undefined) return false;
    let plain: Buffer;
    try {
      plain = this.#cipher.decryptRtp(packet, rollover(index), { ssrc, sequenceNumber: sequence, payloadOffset, padding: false });
    } catch {
      return false;
    }
    source.take(index);
    if (!known) remember(this.#sources, ssrc, source);
    const end = paddedEnd(plain, { padding, payloadOffset });
    if (end === undefined) return false;
    this.#events.rtp({
      payloadType,
      ssrc,
      sequence,
      timestamp,
      marker,
      payload: plain.subarray(payloadOffset, end),
      element: (id) => extensionElement(packet, header, id),
    });
    return true;
  }

  #rtcp(packet: Buffer): boolean {
    if (packet.length < 8 + RTCP_INDEX + this.#tag) return false;
    const ssrc = packet.readUInt32BE(4);
    // AES-GCM puts the index last (RFC 7714 section 9.2), the others put their tag behind it (RFC 3711 section 3.4).
    const index = packet.readUInt32BE(packet.length - RTCP_INDEX - (this.#tag === 16 ? 0 : this.#tag)) & 0x7fffffff;
    const known = this.#reports.get(ssrc);
    const window = known ?? new ReplayWindow();
    if (!window.admits(index)) return false;
    let plain: Buffer;
    try {
      plain = this.#cipher.decryptRtcp(packet);
    } catch {
      return false;
    }
    window.take(index);
    if (!known) remember(this.#reports, ssrc, window);
    for (const report of senderReports(plain)) this.#events.senderReport(report);
    return true;
  }
}

function remember<T>(sources: Map<number, T>, ssrc: number, state: T): void {
  sources.set(ssrc, state);
  while (sources.size > MAX_SOURCES) sources.delete(sources.keys().next().value ?? 0);
}
