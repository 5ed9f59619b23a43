import { AV_CODEC_ID_MJPEG, AV_CODEC_ID_RAWVIDEO, AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUVJ420P, AVMEDIA_TYPE_VIDEO } from 'node-av/constants';
import { avImageCopyToBuffer, Codec, CodecContext, FFmpegError, FormatContext, Frame, Packet, Rational } from 'node-av/lib';

const check = (code: number, what: string): number => {
  FFmpegError.throwIfError(code, what);
  return code;
};

/** Calls `visit` for each picture of a video as packed I420. */
function forEachPicture(file: string, visit: (data: Buffer, width: number, height: number) => boolean): void {
  const container = new FormatContext();
  check(container.openInputSync(file, null, null), file);
  check(container.findStreamInfoSync(null), file);
  const index = container.findBestStream(AVMEDIA_TYPE_VIDEO);
  const parameters = container.streams[index]?.codecpar;
  const codec = parameters && Codec.findDecoder(parameters.codecId);
  if (!codec) throw new Error(`${file} holds no video that can be decoded`);
  const decoder = new CodecContext();
  decoder.allocContext3(codec);
  check(decoder.parametersToContext(parameters), 'parameters');
  check(decoder.open2Sync(codec, null), 'decoder');
  const packet = new Packet();
  packet.alloc();
  const frame = new Frame();
  frame.alloc();
  /** False once enough was seen. */
  const drain = (): boolean => {
    while (decoder.receiveFrameSync(frame) >= 0) {
      const { width, height } = frame;
      const data = Buffer.alloc((width * height * 3) / 2);
      avImageCopyToBuffer(data, data.length, frame.data ?? [], frame.linesize, AV_PIX_FMT_YUV420P, width, height, 1);
      if (!visit(data, width, height)) return false;
    }
    return true;
  };
  let more = true;
  while (more && container.readFrameSync(packet) >= 0) {
    if (packet.streamIndex === index) check(decoder.sendPacketSync(packet), 'packet');
    packet.unref();
    more = drain();
  }
  if (more) {
    decoder.sendPacketSync(null);
    drain();
  }
  frame.free();
  packet.free();
  decoder.freeContext();
  container.closeInputSync();
}

/** How many pictures a video holds, by decoding them all, and their width. */
export function countPictures(file: string): { pictures: number; width: number } {
  const count = { pictures: 0, width: 0 };
  forEachPicture(file, (_data, width) => {
    count.pictures += 1;
    count.width = width;
    return true;
  });
  return count;
}

/** Options of {@link transcode}. */
export interface TranscodeOptions {
  readonly codec: 'mjpeg' | 'rawvideo';
  /** `mjpeg`: a bare sequence of JPEG pictures (a fake camera for Chromium). `avi`: the container of the published data sets. */
  readonly format: 'mjpeg' | 'avi';
  /** Frames at most. Default all. */
  readonly frames?: number;
}

/** Writes a video of 30 frames a second in another form. */
export function transcode(input: string, output: string, options: TranscodeOptions): void {
  const jpeg = options.codec === 'mjpeg';
  const codec = Codec.findEncoder(jpeg ? AV_CODEC_ID_MJPEG : AV_CODEC_ID_RAWVIDEO);
  if (!codec) throw new Error(`no ${options.codec} encoder`);
  const format = jpeg ? AV_PIX_FMT_YUVJ420P : AV_PIX_FMT_YUV420P;
  const timeBase = new Rational(1, 30);
  const container = new FormatContext();
  check(container.allocOutputContext2(null, options.format, output), options.format);
  const encoder = new CodecContext();
  const packet = new Packet();
  packet.alloc();
  let stream: ReturnType<FormatContext['newStream']> | undefined;
  const begin = (width: number, height: number): void => {
    encoder.allocContext3(codec);
    Object.assign(encoder, { width, height, pixelFormat: format, timeBase, framerate: { num: 30, den: 1 }, bitRate: 24_000_000n });
    check(encoder.open2Sync(codec, null), options.codec);
    stream = container.newStream(codec);
    check(stream.codecpar.fromContext(encoder), 'codec parameters');
    stream.timeBase = timeBase;
    check(container.openOutputSync(), output);
    check(container.writeHeaderSync(null), 'header');
  };
  const drain = (): void => {
    while (stream && encoder.receivePacketSync(packet) >= 0) {
      packet.streamIndex = stream.index;
      packet.rescaleTs(timeBase, stream.timeBase);
      check(container.interleavedWriteFrameSync(packet), 'packet');
      packet.unref();
    }
  };
  let count = 0;
  forEachPicture(input, (data, width, height) => {
    if (count === 0) begin(width, height);
    const frame = Frame.fromVideoBuffer(data, { width, height, format, timeBase, pts: BigInt(count) });
    check(encoder.sendFrameSync(frame), 'frame');
    frame.free();
    drain();
    count += 1;
    return count < (options.frames ?? Infinity);
  });
  if (!stream) throw new Error(`${input} holds no picture`);
  encoder.sendFrameSync(null);
  drain();
  check(container.writeTrailerSync(), 'trailer');
  packet.free();
  encoder.freeContext();
  container.closeOutputSync();
  container.freeContext();
}
