import type { ReceptionReport } from './receive-statistics.js';

/** RTCP packets that a receiver of video sends. Each function returns one packet, a multiple of four bytes. */

function packet(count: number, type: number, words: number): { readonly bytes: Buffer } {
  const bytes = Buffer.alloc(4 + words * 4);
  bytes.writeUInt8(0x80 | count, 0);
  bytes.writeUInt8(type, 1);
  bytes.writeUInt16BE(words, 2);
  return { bytes };
}

/** Receiver report, RFC 3550 section 6.4.2. */
export function receiverReport(sender: number, report: ReceptionReport | undefined): Buffer {
  const { bytes } = packet(report ? 1 : 0, 201, report ? 7 : 1);
  bytes.writeUInt32BE(sender, 4);
  if (report) {
    bytes.writeUInt32BE(report.ssrc, 8);
    bytes.writeUInt32BE(((report.fractionLost << 24) | (report.cumulativeLost & 0xffffff)) >>> 0, 12);
    bytes.writeUInt32BE(report.highestSequence, 16);
    bytes.writeUInt32BE(report.jitter, 20);
    bytes.writeUInt32BE(report.lastSr, 24);
    bytes.writeUInt32BE(report.delaySinceLastSr, 28);
  }
  return bytes;
}

/** Generic NACK, RFC 4585 section 6.2.1. */
export function nack(sender: number, ssrc: number, sequences: readonly number[]): Buffer {
  const blocks: { first: number; mask: number }[] = [];
  for (const sequence of sequences) {
    const block = blocks.at(-1);
    const ahead = block ? (sequence - block.first - 1) & 0xffff : 16;
    if (block && ahead < 16) block.mask |= 1 << ahead;
    else blocks.push({ first: sequence, mask: 0 });
  }
  const { bytes } = packet(1, 205, 2 + blocks.length);
  bytes.writeUInt32BE(sender, 4);
  bytes.writeUInt32BE(ssrc, 8);
  blocks.forEach(({ first, mask }, index) => {
    bytes.writeUInt16BE(first, 12 + index * 4);
    bytes.writeUInt16BE(mask, 14 + index * 4);
  });
  return bytes;
}

/** Picture loss indication, RFC 4585 section 6.3.1. */
export function pictureLoss(sender: number, ssrc: number): Buffer {
  const { bytes } = packet(1, 206, 2);
  bytes.writeUInt32BE(sender, 4);
  bytes.writeUInt32BE(ssrc, 8);
  return bytes;
}

/** Full intra request, RFC 5104 section 4.3.1, for publishers that don't offer PLI. `counter` must change with each request. */
export function fullIntraRequest(sender: number, ssrc: number, counter: number): Buffer {
  const { bytes } = packet(4, 206, 4);
  bytes.writeUInt32BE(sender, 4);
  bytes.writeUInt32BE(ssrc, 12);
  bytes.writeUInt8(counter & 0xff, 16);
  return bytes;
}

/** Receiver estimated maximum bit rate, draft-alvestrand-rmcat-remb-03. */
export function estimatedBitrate(sender: number, ssrc: number, bitsPerSecond: number): Buffer {
  const { bytes } = packet(15, 206, 5);
  bytes.writeUInt32BE(sender, 4);
  bytes.write('REMB', 12, 'latin1');
  let exponent = 0;
  let mantissa = Math.max(0, Math.floor(bitsPerSecond));
  while (mantissa > 0x3ffff) {
    mantissa = Math.floor(mantissa / 2);
    exponent++;
  }
  bytes.writeUInt32BE(((1 << 24) | (exponent << 18) | mantissa) >>> 0, 16);
  bytes.writeUInt32BE(ssrc, 20);
  return bytes;
}
