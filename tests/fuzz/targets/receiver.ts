import { VideoReceiver } from '../../../src/ingest/receive/video-receiver.js';
import type { AcceptedCodec, ReceivedCodec } from '../../../src/ingest/sdp/codec-choice.js';
import { DecodeError, type FrameDecoder } from '../../../src/ingest/decode/frame-decoder.js';
import { expect, joined, parts, type FuzzTarget } from '../target.js';

const codec = (payloadType: number, name: ReceivedCodec, repeatType?: number): AcceptedCodec => ({
  payloadType,
  codec: name,
  parameterSets: [],
  repeatType,
  offered: { payloadType, name, clockRate: 90_000, fmtp: '', parameters: new Map(), feedback: [] },
});
const ACCEPTED = [codec(96, 'vp8', 97), codec(98, 'h264'), codec(99, 'vp9'), codec(100, 'av1')];

/** A decoder that finds a twelfth of the frames damaged, holds some back and changes its size with what it reads. */
class Moody implements FrameDecoder {
  decode(data: Uint8Array, pts: bigint): ReturnType<FrameDecoder['decode']> {
    const mood = (data.at(-1) ?? 0) % 12;
    if (mood === 0) throw new DecodeError('damaged data');
    if (mood === 1) return [];
    return [{ width: 2 + (mood % 3), height: 2, data: new Uint8Array(9), pts: mood === 2 ? undefined : pts, decodeMs: 0, corrupt: false }];
  }
  flush(): [] {
    return [];
  }
  close(): void {
    /* holds nothing */
  }
}

/** Packets as they might come: payload type, source, sequence, time, clock, marker, then the payload. */
export const receiver: FuzzTarget = {
  name: 'receiver',
  seeds: () => {
    const packet = (sequence: number, timestamp: number, payload: number[]): Uint8Array =>
      Uint8Array.of(0, 0, sequence, timestamp, 10, 1, ...payload);
    return [
      joined([
        packet(1, 30, [0x10, 0x50, 0, 0, 0x9d, 1, 0x2a, 0x80, 2, 0xe0, 1, 7]),
        packet(2, 60, [0x10, 0x51, 0, 0, 5]),
        packet(4, 120, [0x10, 0x51, 0, 0, 5]),
        packet(3, 90, [0x10, 0x51, 0, 0, 7]),
      ]),
      joined([Uint8Array.of(1, 0, 1, 1, 1, 1, 0, 1, 0x10, 0x50, 0, 0), Uint8Array.of(2, 1, 1, 1, 255, 1, 0x65, 0x88)]),
    ];
  },
  run: (input) => {
    let now = 1_000_000;
    let index = 0;
    let last = -1;
    let nacks = 0;
    const made = new VideoReceiver(
      { accepted: ACCEPTED, openDecoder: () => new Moody() },
      {
        event: (event) => {
          if (event.type === 'format') expect(event.format.width >= 2, 'a format has a size');
          if (event.type === 'fault') expect(event.code === 'decode_failed', 'a fault has a code');
          if (event.type !== 'frame') return;
          const { frame } = event;
          expect(frame.index === index++, 'frames count on');
          expect(frame.t > last || last < 0, 'media time rises');
          expect(Number.isFinite(frame.t) && frame.t >= 0 && frame.t < 1e7, 'media time is a time');
          last = frame.t;
        },
        nack: (_, sequences) => {
          nacks += sequences.length;
          expect(sequences.length <= 128 && sequences.every((at) => at >= 0 && at < 65_536), 'what is asked for again is bounded');
        },
        requestKeyframe: () => true,
      },
    );
    let packets = 0;
    for (const [type = 0, source = 0, sequence = 0, timestamp = 0, clock = 0, marker = 0, ...payload] of parts(input)) {
      now += clock < 250 ? clock : 400;
      packets++;
      made.push({
        payloadType: 96 + (type % 6),
        ssrc: source % 3,
        sequence: (sequence * (source > 127 ? 257 : 1)) % 65_536,
        timestamp: (timestamp * 3000 * (source > 191 ? 65_521 : 1)) % 2 ** 32,
        marker: marker % 2 === 1,
        payload: Uint8Array.from(payload),
        receivedAt: now,
        sendTime: clock % 3 === 0 ? timestamp * 1000 : undefined,
      });
      if (clock % 5 === 0) made.tick(now);
    }
    const report = made.report(now);
    expect(
      report === undefined || (report.fractionLost <= 255 && report.highestSequence < 2 ** 32 && report.jitter < 2 ** 32),
      'a report fits its fields',
    );
    const { framesReceived, framesDecoded } = made.counters;
    expect(framesDecoded <= framesReceived && framesReceived <= 2 * packets + 1, 'frames come from packets');
    expect(nacks <= 128 * (2 * packets + 1), 'requests come from packets');
    made.close();
  },
};
