import {
  PictureLossIndication,
  ReceiverEstimatedMaxBitrate,
  RtcpHeader,
  RtcpPayloadSpecificFeedback,
  RtcpReceiverInfo,
  RtcpRrPacket,
} from 'werift';
import type { ReceptionReport } from './receive-statistics.js';

/** RTCP packets that a receiver of video sends. Each function returns one packet, a multiple of four bytes. */

/** Receiver report, RFC 3550 section 6.4.2. */
export function receiverReport(sender: number, report: ReceptionReport | undefined): Buffer {
  if (!report) return new RtcpRrPacket({ ssrc: sender }).serialize();
  const { cumulativeLost, lastSr, delaySinceLastSr, ...same } = report;
  // werift writes 24 bits without a sign; fewer than none are lost where packets came twice.
  const block = new RtcpReceiverInfo({ ...same, packetsLost: cumulativeLost & 0xffffff, lsr: lastSr, dlsr: delaySinceLastSr });
  return new RtcpRrPacket({ ssrc: sender, reports: [block] }).serialize();
}

/** Generic NACK, RFC 4585 section 6.2.1. werift's does not join sequence numbers over the wrap at 65 536. */
export function nack(sender: number, ssrc: number, sequences: readonly number[]): Buffer {
  const blocks: { first: number; mask: number }[] = [];
  for (const sequence of sequences) {
    const block = blocks.at(-1);
    const ahead = block ? (sequence - block.first - 1) & 0xffff : 16;
    if (block && ahead < 16) block.mask |= 1 << ahead;
    else blocks.push({ first: sequence, mask: 0 });
  }
  const payload = Buffer.alloc(8 + blocks.length * 4);
  payload.writeUInt32BE(sender, 0);
  payload.writeUInt32BE(ssrc, 4);
  blocks.forEach(({ first, mask }, index) => {
    payload.writeUInt16BE(first, 8 + index * 4);
    payload.writeUInt16BE(mask, 10 + index * 4);
  });
  return RtcpHeader.serialize(205, 1, payload, payload.length / 4);
}

/** Picture loss indication, RFC 4585 section 6.3.1. */
export function pictureLoss(sender: number, ssrc: number): Buffer {
  return new RtcpPayloadSpecificFeedback({ feedback: new PictureLossIndication({ senderSsrc: sender, mediaSsrc: ssrc }) }).serialize();
}

/**
 * Full intra request, RFC 5104 section 4.3.1, for publishers that don't offer PLI. `counter` must change with each request. werift has
 * such a packet, and does not export it.
 */
export function fullIntraRequest(sender: number, ssrc: number, counter: number): Buffer {
  const payload = Buffer.alloc(16);
  payload.writeUInt32BE(sender, 0);
  payload.writeUInt32BE(ssrc, 8);
  payload.writeUInt8(counter & 0xff, 12);
  return RtcpHeader.serialize(206, 4, payload, payload.length / 4);
}

/** Receiver estimated maximum bit rate, draft-alvestrand-rmcat-remb-03. */
export function estimatedBitrate(sender: number, ssrc: number, bitsPerSecond: number): Buffer {
  let brExp = 0;
  let brMantissa = Math.max(0, Math.floor(bitsPerSecond));
  while (brMantissa > 0x3ffff) {
    brMantissa = Math.floor(brMantissa / 2);
    brExp++;
  }
  const feedback = new ReceiverEstimatedMaxBitrate({
    senderSsrc: sender,
    mediaSsrc: 0,
    ssrcNum: 1,
    brExp,
    brMantissa,
    ssrcFeedbacks: [ssrc],
  });
  return new RtcpPayloadSpecificFeedback({ feedback }).serialize();
}
