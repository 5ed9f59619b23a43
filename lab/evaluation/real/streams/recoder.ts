import {
  AV_OPT_SEARCH_CHILDREN,
  AV_OPT_TYPE_STRING,
  AV_PIX_FMT_YUV420P,
  FF_ENCODER_LIBVPX_VP8,
  FF_ENCODER_LIBX264,
} from 'node-av/constants';
import { Codec, CodecContext, FFmpegError, Frame as AvFrame, Packet } from 'node-av/lib';
import { quietAv } from '../../../../src/ingest/decode/av-log.js';
import { AvDecoder } from '../../../../src/ingest/decode/av-decoder.js';
import type { DecodedPicture } from '../../../../src/ingest/decode/frame-decoder.js';
import type { Frame } from '../../../../src/ingest/contract.js';
import type { Encoding } from './encoder-name.js';

/** Options of each encoder, as a live publisher sets them. */
const OPTIONS: Readonly<Record<'h264' | 'vp8', Readonly<Record<string, string>>>> = {
  h264: { preset: 'veryfast', tune: 'zerolatency' },
  vp8: { deadline: 'realtime', 'cpu-used': '6', 'lag-in-frames': '0' },
};

/** Encodes frames and decodes them again: what a viewer at the other end of a video call gets. */
export class Recoder {
  readonly #encoder = new CodecContext();
  readonly #decoder: AvDecoder;
  readonly #packet = new Packet();
  readonly #waiting: Frame[] = [];
  #sent = 0;

  constructor(encoding: NonNullable<Encoding>, width: number, height: number, fps: number) {
    quietAv();
    const codec = Codec.findEncoderByName(encoding.codec === 'h264' ? FF_ENCODER_LIBX264 : FF_ENCODER_LIBVPX_VP8);
    if (codec === null) throw new Error(`this build of node-av has no ${encoding.codec} encoder`);
    const rate = Math.max(1, Math.round(fps));
    this.#encoder.allocContext3(codec);
    Object.assign(this.#encoder, {
      width,
      height,
      pixelFormat: AV_PIX_FMT_YUV420P,
      timeBase: { num: 1, den: rate },
      framerate: { num: rate, den: 1 },
      gopSize: 10 * rate,
      threadCount: 1,
      ...('bitRate' in encoding ? { bitRate: BigInt(encoding.bitRate) } : {}),
    });
    const options = { ...OPTIONS[encoding.codec], ...('crf' in encoding ? { crf: String(encoding.crf) } : {}) };
    for (const [name, value] of Object.entries(options))
      check(this.#encoder.setOption(name, value, AV_OPT_TYPE_STRING, AV_OPT_SEARCH_CHILDREN), name);
    check(this.#encoder.open2Sync(codec), encoding.codec);
    this.#packet.alloc();
    this.#decoder = AvDecoder.live(encoding.codec);
  }

  /** Takes the next frame. @returns the frames that came out again, as a rule this one */
  push(frame: Frame): Frame[] {
    const { width, height, data } = frame;
    const sent = AvFrame.fromVideoBuffer(Buffer.from(data.buffer, data.byteOffset, data.byteLength), {
      width,
      height,
      format: AV_PIX_FMT_YUV420P,
      timeBase: this.#encoder.timeBase,
      pts: BigInt(this.#sent++),
    });
    check(this.#encoder.sendFrameSync(sent), 'frame');
    sent.free();
    this.#waiting.push(frame);
    return this.#received();
  }

  flush(): Frame[] {
    this.#encoder.sendFrameSync(null);
    return [...this.#received(), ...this.#decoder.flush().map((picture) => this.#as(picture))];
  }

  close(): void {
    this.#packet.free();
    this.#encoder.freeContext();
    this.#decoder.close();
  }

  #received(): Frame[] {
    const out: Frame[] = [];
    while (this.#encoder.receivePacketSync(this.#packet) >= 0) {
      const { data, pts } = this.#packet;
      if (data) out.push(...this.#decoder.decode(data, pts).map((picture) => this.#as(picture)));
      this.#packet.unref();
    }
    return out;
  }

  /** Pictures come out in the order in which they went in. */
  #as({ data }: DecodedPicture): Frame {
    const frame = this.#waiting.shift();
    if (!frame) throw new Error('the decoder gave more pictures than it was given');
    return { ...frame, data };
  }
}

function check(code: number, what: string): void {
  FFmpegError.throwIfError(code, what);
}
