import { Av1Format } from '../../../src/ingest/rtp/av1-format.js';
import { H264Format } from '../../../src/ingest/rtp/h264-format.js';
import { MAX_FRAME_BYTES, type CodedFrame, type PayloadFormat } from '../../../src/ingest/rtp/payload-format.js';
import { Vp8Format } from '../../../src/ingest/rtp/vp8-format.js';
import { Vp9Format } from '../../../src/ingest/rtp/vp9-format.js';
import { expect, joined, parts, type FuzzTarget } from '../target.js';

/** Payloads of a picture or two; an empty one ends the picture. */
function depacketizer(
  name: string,
  open: () => PayloadFormat,
  seeds: () => readonly Uint8Array[],
  check: (frame: CodedFrame) => void,
): FuzzTarget {
  const finish = (format: PayloadFormat): void => {
    const frame = format.finish();
    if (!frame) return;
    expect(frame.data.length > 0 && frame.data.length <= MAX_FRAME_BYTES, 'a picture has bytes, and not too many');
    check(frame);
  };
  return {
    name,
    seeds,
    run: (input) => {
      const format = open();
      let given = 0;
      for (const payload of parts(input)) {
        if (payload.length === 0) finish(format);
        else if (!format.add(payload)) format.reset();
        given += payload.length;
      }
      finish(format);
      expect(format.finish() === undefined, 'nothing is left of a picture that was given');
      expect(given <= input.length, 'payloads lie in the input');
    },
  };
}

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
const list = (...payloads: string[]): Uint8Array => joined(payloads.map(bytes));

export const vp8 = depacketizer(
  'vp8',
  () => new Vp8Format(),
  () => [
    list('10 50 12 00 9d 01 2a 80 02 e0 01', '00 01 02 03'),
    list('90 80 92 34 50 12 00 9d 01 2a 80 02 e0 01 00', '80 f0 12 34 56 78 11 22', '', '10 51 00 00 11'),
  ],
  ({ data, keyframe }) => {
    expect(keyframe === ((data[0] ?? 1) % 2 === 0), 'a key frame says so (RFC 6386 section 9.1)');
  },
);

export const vp9 = depacketizer(
  'vp9',
  () => new Vp9Format(),
  () => [
    list('0c 82 49 83 42 00'),
    list('8c 92 34 82 49', '', 'ec 92 34 01 03 86 00'),
    list('8a 12 18 02 80 01 e0 04 08 14 82 49 83', '86 12 00'),
  ],
  ({ data }) => {
    expect((data[0] ?? 0) >> 6 === 2, 'a frame begins with the frame marker');
  },
);

export const h264 = depacketizer(
  'h264',
  () => new H264Format([bytes('67 42 00 0a 96'), bytes('68 c9 63 88')]),
  () => [
    list('67 42 00 0a 96 53', '68 c9 63 88', '65 88 84 00'),
    list('78 00 03 67 42 00 00 02 68 c9 00 02 65 88', '', '41 9a 00'),
    list('7c 85 88 84', '7c 05 11 22', '7c 45 33'),
    list('06 05 01 00', '65 88 84'),
  ],
  ({ data, keyframe }) => {
    expect(data[0] === 0 && data[1] === 0 && data[2] === 0 && data[3] === 1, 'a frame is Annex B');
    expect(!keyframe || Buffer.from(data).includes(Buffer.of(0, 0, 0, 1)), 'a key frame has units');
  },
);

export const av1 = depacketizer(
  'av1',
  () => new Av1Format(),
  () => [
    list('18 0a 0b 00 00 00 42 a7 bf fb', '10 32 01 02 03'),
    list('08 04 0a 01 02 03 03 32 11 22'),
    list('50 32 11', '90 22 33'),
    list('28 02 12 00 03 0a 01 00 32 11'),
  ],
  ({ data }) => {
    for (let at = 0; at < data.length;) {
      // a low-overhead stream: every OBU with its size
      const header = data[at] ?? 0;
      expect((header & 0x82) === 2, 'an OBU has a size field');
      at += header & 4 ? 2 : 1;
      let size = 0;
      for (let shift = 0; ; shift += 7) {
        const byte = data[at++];
        expect(byte !== undefined && shift < 35, 'a size ends');
        size += (byte & 0x7f) * 2 ** shift;
        if (!(byte & 0x80)) break;
      }
      at += size;
      expect(at <= data.length, 'an OBU lies in its picture');
    }
  },
);
