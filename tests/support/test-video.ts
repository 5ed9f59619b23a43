import {
  AV_CHANNEL_ORDER_NATIVE,
  AV_CODEC_FLAG_GLOBAL_HEADER,
  AV_LOG_QUIET,
  AV_OPT_SEARCH_CHILDREN,
  AV_OPT_TYPE_STRING,
  AV_PIX_FMT_YUV420P,
  AV_PIX_FMT_YUV422P10LE,
  AV_PIX_FMT_YUVJ420P,
  AV_PKT_DATA_DISPLAYMATRIX,
  AV_PKT_DATA_FRAME_CROPPING,
  AV_CODEC_ID_PCM_S16LE,
  AV_SAMPLE_FMT_S16,
  AVMEDIA_TYPE_AUDIO,
  SWS_BICUBIC,
  type AVPixelFormat,
} from 'node-av/constants';
import { Codec, CodecContext, FFmpegError, FormatContext, Frame, Log, Packet, Rational, SoftwareScaleContext } from 'node-av/lib';

/** Moving pictures made in the test, through FFmpeg's encoders. */
export interface ClipOptions {
  readonly codec: 'libvpx' | 'libvpx-vp9' | 'libx264' | 'libx265' | 'libsvtav1' | 'mjpeg' | 'rawvideo';
  readonly width?: number;
  readonly height?: number;
  readonly frames?: number;
  readonly fps?: number;
  /** Frames between keyframes. Default 60. */
  readonly gop?: number;
  /** B-frames; live video has none. Default 0. */
  readonly bFrames?: number;
  readonly bitRate?: number;
  /** H.264 only. Default the encoder's choice. */
  readonly profile?: 'baseline' | 'main' | 'high';
  /** Default 4:2:0 of 8 bits; `yuv422p10` to see it converted. */
  readonly pixels?: 'yuv420p' | 'yuv422p10';
  /** Milliseconds of frame `index`. Default by `fps`. */
  readonly timeOf?: (index: number) => number;
}

export interface EncodedFrame {
  readonly data: Buffer;
  readonly keyframe: boolean;
}

const pixelFormat = ({ codec, pixels }: ClipOptions): AVPixelFormat =>
  pixels === 'yuv422p10' ? AV_PIX_FMT_YUV422P10LE : codec === 'mjpeg' ? AV_PIX_FMT_YUVJ420P : AV_PIX_FMT_YUV420P;

/** The luma of the top left quarter says which frame it is. */
export const lumaOf = (index: number): number => 40 + (index % 16) * 12;

/** One picture: a flat quarter that tells the index, a moving gradient else. I420. */
function picture(index: number, width: number, height: number): Buffer {
  const data = Buffer.alloc((width * height * 3) / 2, 128);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++)
      data[y * width + x] = x < width / 2 && y < height / 2 ? lumaOf(index) : 32 + ((x + y + index * 3) & 127);
  }
  return data;
}

function check(code: number): void {
  if (code < 0) throw new Error(FFmpegError.strerror(code));
}

function openEncoder(options: ClipOptions, globalHeader: boolean): { readonly context: CodecContext; readonly codec: Codec } {
  const { width = 320, height = 240, fps = 30, gop = 60, bFrames = 0, bitRate = 500_000 } = options;
  const codec = Codec.findEncoderByName(options.codec as Parameters<typeof Codec.findEncoderByName>[0]);
  if (!codec) throw new Error(`no encoder ${options.codec}`);
  const context = new CodecContext();
  context.allocContext3(codec);
  Object.assign(context, { width, height, pixelFormat: pixelFormat(options), gopSize: gop, maxBFrames: bFrames, threadCount: 1 });
  context.timeBase = new Rational(1, 90_000);
  context.framerate = new Rational(fps, 1);
  if (options.codec !== 'mjpeg' && options.codec !== 'rawvideo') context.bitRate = BigInt(bitRate);
  if (globalHeader) context.setFlags(AV_CODEC_FLAG_GLOBAL_HEADER);
  // Not by a Dictionary given to open2Sync: node-av 6.1 frees that one twice.
  const settings: Record<string, string> = {
    libvpx: { deadline: 'realtime', 'cpu-used': '8', 'lag-in-frames': '0' },
    'libvpx-vp9': { deadline: 'realtime', 'cpu-used': '8', 'lag-in-frames': '0' },
    libx264: {
      preset: 'ultrafast',
      ...(bFrames === 0 ? { tune: 'zerolatency' } : {}),
      'forced-idr': '1',
      ...(options.profile ? { profile: options.profile } : {}),
    },
    libx265: { preset: 'ultrafast', 'x265-params': 'log-level=none:pools=none:frame-threads=1' },
    libsvtav1: { preset: '12', 'svtav1-params': 'lp=1' },
    mjpeg: {},
    rawvideo: {},
  }[options.codec];
  for (const [name, value] of Object.entries(settings)) check(context.setOption(name, value, AV_OPT_TYPE_STRING, AV_OPT_SEARCH_CHILDREN));
  Log.setLevel(AV_LOG_QUIET);
  check(context.open2Sync(codec));
  return { context, codec };
}

/** Encodes a clip; `each` sees every packet before it is gone. */
function encode(options: ClipOptions, context: CodecContext, each: (packet: Packet) => void): void {
  const { width = 320, height = 240, frames = 60, fps = 30, timeOf = (index: number): number => (index * 1000) / fps } = options;
  const format = pixelFormat(options);
  const packet = new Packet();
  packet.alloc();
  const drain = (): void => {
    while (context.receivePacketSync(packet) >= 0) {
      each(packet);
      packet.unref();
    }
  };
  let scaler: SoftwareScaleContext | undefined;
  for (let index = 0; index < frames; index++) {
    const plain = Frame.fromVideoBuffer(picture(index, width, height), { width, height, format: AV_PIX_FMT_YUV420P });
    let frame = plain;
    if (format === AV_PIX_FMT_YUV422P10LE) {
      if (!scaler) {
        scaler = new SoftwareScaleContext();
        scaler.getContext(width, height, AV_PIX_FMT_YUV420P, width, height, format, SWS_BICUBIC);
      }
      frame = new Frame();
      frame.alloc();
      Object.assign(frame, { width, height, format });
      frame.getBuffer();
      check(scaler.scaleFrameSync(frame, plain));
      plain.free();
    } else if (format === AV_PIX_FMT_YUVJ420P) {
      frame.format = format;
    }
    frame.pts = BigInt(Math.round(timeOf(index) * 90));
    check(context.sendFrameSync(frame));
    frame.free();
    drain();
  }
  context.sendFrameSync(null);
  drain();
  packet.free();
  scaler?.freeContext();
}

/** A clip as coded frames, for a publisher. */
export function encodeClip(options: ClipOptions): EncodedFrame[] {
  const { context } = openEncoder(options, false);
  const frames: EncodedFrame[] = [];
  encode(options, context, (packet) => {
    frames.push({ data: Buffer.from(packet.data ?? Buffer.alloc(0)), keyframe: packet.isKeyframe });
  });
  context.freeContext();
  return frames;
}

export interface FileOptions extends ClipOptions {
  /** Degrees clockwise that a player has to turn it. */
  readonly rotation?: 90 | 180 | 270;
  /** Width and height of a stored pixel. */
  readonly aspect?: readonly [number, number];
  /** Pixels that are not to be shown: top, bottom, left, right. */
  readonly cropping?: readonly [number, number, number, number];
  /** A sound track of so many seconds, silent. */
  readonly sound?: number;
  /** A frame whose timestamp is wrong by so many seconds. */
  readonly stray?: { readonly frame: number; readonly by: number };
  /** MP4 in fragments, one a keyframe. */
  readonly fragmented?: boolean;
}

/** A clip as a file; the container follows the ending. */
export function writeClip(path: string, options: FileOptions): void {
  const { context, codec } = openEncoder(options, !path.endsWith('.avi'));
  const container = new FormatContext();
  check(container.allocOutputContext2(null, null, path));
  const stream = container.newStream(codec);
  check(stream.codecpar.fromContext(context));
  if (path.endsWith('.avi')) context.timeBase = new Rational(1, 90_000);
  // AVI has no timestamps, only a rate.
  stream.timeBase = path.endsWith('.avi') ? new Rational(1, options.fps ?? 30) : new Rational(1, 90_000);
  stream.avgFrameRate = new Rational(options.fps ?? 30, 1);
  if (options.aspect) {
    stream.sampleAspectRatio = new Rational(...options.aspect);
    stream.codecpar.sampleAspectRatio = new Rational(...options.aspect);
  }
  if (options.cropping)
    check(stream.codecpar.addCodedSideData(AV_PKT_DATA_FRAME_CROPPING, Buffer.from(Uint32Array.from(options.cropping).buffer)));
  if (options.sound !== undefined) addSound(container);
  if (options.fragmented) check(container.setOption('movflags', 'frag_keyframe+empty_moov', AV_OPT_TYPE_STRING, AV_OPT_SEARCH_CHILDREN));
  if (options.rotation) check(stream.codecpar.addCodedSideData(AV_PKT_DATA_DISPLAYMATRIX, displayMatrix(options.rotation)));
  check(container.openOutputSync());
  check(container.writeHeaderSync());
  for (let second = 0; second < (options.sound ?? 0); second++) writeSound(container, second);
  let frame = 0;
  encode(options, context, (packet) => {
    packet.streamIndex = 0;
    if (frame++ === options.stray?.frame) packet.pts += BigInt(options.stray.by * 90_000);
    packet.rescaleTs({ num: 1, den: 90_000 }, stream.timeBase);
    check(container.interleavedWriteFrameSync(packet));
  });
  check(container.writeTrailerSync());
  container.closeOutputSync();
  container.freeContext();
  context.freeContext();
}

const SAMPLE_RATE = 8000;

function addSound(container: FormatContext): void {
  const stream = container.newStream();
  Object.assign(stream.codecpar, {
    codecType: AVMEDIA_TYPE_AUDIO,
    codecId: AV_CODEC_ID_PCM_S16LE,
    sampleRate: SAMPLE_RATE,
    format: AV_SAMPLE_FMT_S16,
    bitsPerCodedSample: 16,
  });
  stream.codecpar.channelLayout = { nbChannels: 1, order: AV_CHANNEL_ORDER_NATIVE, mask: 4n };
  stream.timeBase = new Rational(1, SAMPLE_RATE);
}

/** A second of silence. */
function writeSound(container: FormatContext, second: number): void {
  const packet = new Packet();
  packet.alloc();
  packet.data = Buffer.alloc(2 * SAMPLE_RATE);
  packet.streamIndex = 1;
  packet.pts = packet.dts = BigInt(second * SAMPLE_RATE);
  packet.duration = BigInt(SAMPLE_RATE);
  packet.rescaleTs({ num: 1, den: SAMPLE_RATE }, container.streams[1]!.timeBase);
  check(container.interleavedWriteFrameSync(packet));
  packet.free();
}

function displayMatrix(clockwise: 90 | 180 | 270): Buffer {
  const one = 65_536;
  const [a, b] = { 90: [0, one], 180: [-one, 0], 270: [0, -one] }[clockwise] as [number, number];
  const bytes = Buffer.alloc(36);
  [a, b, 0, -b, a, 0, 0, 0, 2 ** 30].forEach((value, index) => bytes.writeInt32LE(value, index * 4));
  return bytes;
}
