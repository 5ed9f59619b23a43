import { AV_CODEC_FLAG_GLOBAL_HEADER, AV_OPT_SEARCH_CHILDREN, AV_OPT_TYPE_STRING, AV_PIX_FMT_YUV420P } from 'node-av/constants';
import { Codec, CodecContext, FFmpegError, FormatContext, Frame, Packet } from 'node-av/lib';

/**
 * Writes frames as VP8 in WebM.
 * @param {string} file path to write
 * @param {Iterable<import('../../../src/ingest/contract.js').Frame>} frames of one size
 * @param {{ width: number, height: number, fps: number, bitRate: number, onFrame?: (index: number) => void }} options bits per second
 */
export function writeWebm(file, frames, { width, height, fps, bitRate, onFrame }) {
  const check = (code, what) => {
    FFmpegError.throwIfError(code, what);
    return code;
  };
  const codec = Codec.findEncoderByName('libvpx');
  if (codec === null) throw new Error('this build of node-av has no libvpx encoder');
  const timeBase = { num: 1, den: fps };
  const container = new FormatContext();
  check(container.allocOutputContext2(null, 'webm', file), 'webm');
  const encoder = new CodecContext();
  encoder.allocContext3(codec);
  Object.assign(encoder, {
    width,
    height,
    pixelFormat: AV_PIX_FMT_YUV420P,
    timeBase,
    framerate: { num: fps, den: 1 },
    bitRate: BigInt(bitRate),
    // Keyframes every 5 s, as a camera's stream has them when viewers join.
    gopSize: 5 * fps,
    flags: AV_CODEC_FLAG_GLOBAL_HEADER,
  });
  // Not as a Dictionary: node-av 6.1 frees one that open2Sync has consumed again, and crashes.
  check(encoder.setOption('lag-in-frames', '16', AV_OPT_TYPE_STRING, AV_OPT_SEARCH_CHILDREN), 'lag-in-frames');
  check(encoder.setOption('auto-alt-ref', '1', AV_OPT_TYPE_STRING, AV_OPT_SEARCH_CHILDREN), 'auto-alt-ref');
  check(encoder.open2Sync(codec), 'libvpx');
  const stream = container.newStream(codec);
  check(stream.codecpar.fromContext(encoder), 'codec parameters');
  stream.timeBase = timeBase;
  check(container.openOutputSync(), file);
  check(container.writeHeaderSync(), 'header');
  const packet = new Packet();
  packet.alloc();
  const drain = () => {
    while (encoder.receivePacketSync(packet) >= 0) {
      packet.streamIndex = stream.index;
      packet.rescaleTs(timeBase, stream.timeBase);
      check(container.interleavedWriteFrameSync(packet), 'packet');
      packet.unref();
    }
  };
  for (const { data, index } of frames) {
    const frame = Frame.fromVideoBuffer(Buffer.from(data.buffer, data.byteOffset, data.byteLength), {
      width,
      height,
      format: AV_PIX_FMT_YUV420P,
      timeBase,
      pts: BigInt(index),
    });
    check(encoder.sendFrameSync(frame), 'frame');
    frame.free();
    drain();
    onFrame?.(index);
  }
  check(encoder.sendFrameSync(null), 'end');
  drain();
  check(container.writeTrailerSync(), 'trailer');
  packet.free();
  encoder.freeContext();
  container.closeOutputSync();
  container.freeContext();
}
