import {
  AV_CODEC_FLAG_LOW_DELAY,
  AV_CODEC_FLAG_OUTPUT_CORRUPT,
  AV_CODEC_ID_AV1,
  AV_CODEC_ID_H264,
  AV_CODEC_ID_VP8,
  AV_CODEC_ID_VP9,
  AV_FRAME_FLAG_CORRUPT,
  AV_NOPTS_VALUE,
  AV_OPT_SEARCH_CHILDREN,
  AV_OPT_TYPE_INT64,
  AVERROR_EOF,
  type AVCodecID,
} from 'node-av/constants';
import { Codec, CodecContext, FFmpegError, Frame, Packet, PosixError, type CodecParameters } from 'node-av/lib';
import type { ReceivedCodec } from '../sdp/codec-choice.js';
import { quietAv } from './av-log.js';
import { DecodeError, type DecodedPicture, type FrameDecoder } from './frame-decoder.js';
import { PictureConverter, type PictureOptions } from './picture-converter.js';

/** Its number differs between systems. */
const AVERROR_EAGAIN = FFmpegError.AVERROR(PosixError.EAGAIN);

/** A header of a few bytes may claim 16383 x 16383 pixels; what would be allocated for it is bounded here: 4096 x 2304. */
const MAX_LIVE_PIXELS = 9_437_184n;

const CODEC_IDS: Readonly<Record<ReceivedCodec, AVCodecID>> = {
  vp8: AV_CODEC_ID_VP8,
  vp9: AV_CODEC_ID_VP9,
  h264: AV_CODEC_ID_H264,
  av1: AV_CODEC_ID_AV1,
};

/** FFmpeg's decoders through node-av, one thread each. */
export class AvDecoder implements FrameDecoder {
  readonly #context: CodecContext;
  readonly #packet = new Packet();
  readonly #frame = new Frame();
  readonly #converter: PictureConverter;
  #closed = false;

  private constructor(codec: Codec, options: PictureOptions, parameters: CodecParameters | undefined) {
    quietAv();
    this.#converter = new PictureConverter(options);
    this.#context = new CodecContext();
    this.#context.allocContext3(codec);
    this.#packet.alloc();
    this.#frame.alloc();
    try {
      if (parameters) {
        check(this.#context.parametersToContext(parameters), "the stream's parameters are not understood");
        // Damaged pictures come marked, to be counted, instead of being left out without a word.
        this.#context.setFlags(AV_CODEC_FLAG_OUTPUT_CORRUPT);
      } else {
        // A live stream never reorders, so nothing may be held back; a file may hold B-frames.
        this.#context.setFlags(AV_CODEC_FLAG_LOW_DELAY);
        check(
          this.#context.setOption('max_pixels', MAX_LIVE_PIXELS, AV_OPT_TYPE_INT64, AV_OPT_SEARCH_CHILDREN),
          'the decoder takes no bound',
        );
      }
      this.#context.threadCount = 1;
      check(this.#context.open2Sync(codec), `the ${codec.name ?? 'video'} decoder does not open`);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** For a live stream that brings its parameters along. @throws DecodeError */
  static live(codec: ReceivedCodec, options: PictureOptions = {}): AvDecoder {
    const found = Codec.findDecoder(CODEC_IDS[codec]);
    if (!found) throw new DecodeError(`this build of FFmpeg has no ${codec} decoder`);
    return new AvDecoder(found, options, undefined);
  }

  /** For a stream of a file. @throws DecodeError */
  static file(parameters: CodecParameters, options: PictureOptions = {}): AvDecoder {
    const found = Codec.findDecoder(parameters.codecId);
    if (!found) throw new DecodeError("this build of FFmpeg has no decoder for the file's video");
    return new AvDecoder(found, options, parameters);
  }

  decode(data: Uint8Array, pts: bigint): DecodedPicture[] {
    if (this.#closed) return [];
    this.#packet.data = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    this.#packet.pts = pts;
    this.#packet.dts = pts;
    try {
      return this.decodePacket(this.#packet);
    } finally {
      this.#packet.unref();
    }
  }

  /** As {@link decode}, for a demuxer's packet, which stays the caller's. */
  decodePacket(packet: Packet): DecodedPicture[] {
    if (this.#closed) return [];
    const start = performance.now();
    const sent = this.#context.sendPacketSync(packet);
    const pictures = this.#receive(start);
    check(sent === AVERROR_EAGAIN ? 0 : sent, 'damaged data');
    return pictures;
  }

  flush(): DecodedPicture[] {
    if (this.#closed) return [];
    const start = performance.now();
    this.#context.sendPacketSync(null);
    return this.#receive(start);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#converter.close();
    this.#frame.free();
    this.#packet.free();
    this.#context.freeContext();
  }

  #receive(start: number): DecodedPicture[] {
    const pictures: DecodedPicture[] = [];
    let from = start;
    for (;;) {
      const received = this.#context.receiveFrameSync(this.#frame);
      if (received === AVERROR_EAGAIN || received === AVERROR_EOF) return pictures;
      check(received, 'damaged data');
      try {
        const picture = this.#converter.convert(this.#frame);
        const pts = this.#frame.bestEffortTimestamp;
        const now = performance.now();
        pictures.push({ ...picture, pts: pts === AV_NOPTS_VALUE ? undefined : pts, decodeMs: now - from, corrupt: isCorrupt(this.#frame) });
        from = now;
      } finally {
        this.#frame.unref();
      }
    }
  }
}

function isCorrupt(frame: Frame): boolean {
  return (frame.flags & AV_FRAME_FLAG_CORRUPT) !== 0 || frame.decodeErrorFlags !== 0;
}

function check(code: number, what: string): void {
  if (code < 0) throw new DecodeError(`${what} (${FFmpegError.strerror(code)})`);
}
