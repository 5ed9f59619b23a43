import { AvDecoder } from '../../../src/ingest/decode/av-decoder.js';
import { DecodeError } from '../../../src/ingest/decode/frame-decoder.js';
import type { ReceivedCodec } from '../../../src/ingest/sdp/codec-choice.js';
import { encodeClip, type ClipOptions } from '../../support/test-video.js';
import { expect, joined, parts, type FuzzTarget } from '../target.js';

const CODECS: readonly ReceivedCodec[] = ['vp8', 'h264', 'vp9', 'av1'];
const ENCODERS: readonly ClipOptions['codec'][] = ['libvpx', 'libx264', 'libvpx-vp9'];
/** AV1: sequence header, then a frame that ends early. */
const AV1_SEED = Buffer.from('0a0b0000000423fe7f95f200', 'hex');

/** Truncated and damaged frames into the decoders themselves, as a publisher could send them. The first byte picks the codec. */
export const decoder: FuzzTarget = {
  name: 'decoder',
  maxLength: 4096,
  seeds: () => [
    ...ENCODERS.map((codec, index) =>
      Buffer.concat([Buffer.of(index), joined(encodeClip({ codec, width: 64, height: 48, frames: 4 }).map(({ data }) => data))]),
    ),
    Buffer.concat([Buffer.of(3), joined([Buffer.concat([AV1_SEED, Buffer.from('320410000000', 'hex')])])]),
  ],
  run: (input) => {
    const codec = CODECS[(input[0] ?? 0) % CODECS.length] ?? 'vp8';
    const made = AvDecoder.live(codec, { maxWidth: 640, maxHeight: 640 });
    try {
      let pts = 0n;
      for (const data of parts(input.subarray(1))) {
        try {
          for (const picture of made.decode(data, pts++)) {
            const chroma = Math.ceil(picture.width / 2) * Math.ceil(picture.height / 2);
            expect(
              picture.width <= 640 && picture.height <= 640 && picture.data.length === picture.width * picture.height + 2 * chroma,
              'a picture has the size that it says',
            );
          }
        } catch (error) {
          if (!(error instanceof DecodeError)) throw error;
        }
      }
    } finally {
      made.close();
    }
  },
};
