import { existsSync, statSync } from 'node:fs';
import { AV_NOPTS_VALUE, AVMEDIA_TYPE_VIDEO, AV_PKT_DATA_DISPLAYMATRIX, AV_PKT_DATA_FRAME_CROPPING, AVERROR_EOF } from 'node-av/constants';
import { avGetCodecName, Dictionary, FFmpegError, FormatContext, Packet, type Stream } from 'node-av/lib';
import { AvDecoder } from '../decode/av-decoder.js';
import { quietAv } from '../decode/av-log.js';
import { orientationOf, type Orientation } from '../decode/orientation.js';
import { croppedSize, croppingOf, pixelAspect, squareSize, type Cropping } from '../decode/picture-shape.js';
import { FileError } from './file-error.js';
import type { FileInfo } from './file-protocol.js';
import { isCutOff, lacksIndex } from './structure/cut-off.js';

/** Containers of recorded video. A playlist may not lead to other files or to the network. */
const CONTAINERS = 'mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,ogg,flv,asf,nut,mxf,dv,h264,hevc,ivf,obu,mjpeg,yuv4mpegpipe';
const ATTACHED_PICTURE = 0x400;

/** What reading one packet came to. */
export type ReadResult = 'packet' | 'end' | { readonly broken: string };

/**
 * Containers whose clock starts anywhere: players show their first picture or sound at 0. In all others 0 is where the recording starts.
 */
const FREE_CLOCK = /^(mpegts|mpeg|h264|hevc|ivf|obu|mjpeg)/;

/** A container opened for reading its video stream, with the decoder for it. Synchronous: for a worker thread. */
export class VideoFile {
  readonly info: FileInfo;
  readonly decoder: AvDecoder;
  readonly packet = new Packet();
  /** Seconds of one tick of packet and frame times. */
  readonly tick: number;
  /** What players show as 0, seconds by the file's own clock. */
  readonly origin: number;
  readonly #path: string;
  readonly #container: FormatContext;
  readonly #index: number;
  #closed = false;

  private constructor(path: string, container: FormatContext, stream: Stream, decoder: AvDecoder, info: FileInfo) {
    this.#path = path;
    this.#container = container;
    this.#index = stream.index;
    this.decoder = decoder;
    this.info = info;
    this.tick = stream.timeBase.num / stream.timeBase.den;
    this.origin =
      FREE_CLOCK.test(container.iformat?.name ?? '') && container.startTime !== AV_NOPTS_VALUE ? Number(container.startTime) / 1e6 : 0;
    this.packet.alloc();
  }

  /** @throws FileError */
  static open(path: string, limits: { readonly maxWidth: number; readonly maxHeight: number }): VideoFile {
    quietAv();
    if (!existsSync(path)) throw new FileError('file_not_found', `${path} does not exist; check the path`);
    if (!statSync(path).isFile()) throw new FileError('not_a_video', `${path} is not a file; name a video file`);
    const container = new FormatContext();
    try {
      open(container, path);
      const index = container.findBestStream(AVMEDIA_TYPE_VIDEO);
      const stream = container.streams[index];
      if (index < 0 || !stream || (stream.disposition & ATTACHED_PICTURE) !== 0) {
        throw new FileError('no_video_stream', `${path} holds no video; name a file with a video track`);
      }
      const codec = avGetCodecName(stream.codecpar.codecId) ?? 'unknown';
      const shape = shapeOf(stream);
      return new VideoFile(
        path,
        container,
        stream,
        decoderFor(path, stream, codec, { ...limits, ...shape }),
        describe(container, stream, codec, shape),
      );
    } catch (error) {
      container.closeInputSync();
      throw error;
    }
  }

  /** Reads the next packet of the video into {@link packet}. */
  read(): ReadResult {
    for (;;) {
      this.packet.unref();
      const read = this.#container.readFrameSync(this.packet);
      if (read === AVERROR_EOF) return isCutOff(this.#path) ? { broken: 'its end is missing' } : 'end';
      if (read < 0) return { broken: FFmpegError.strerror(read) };
      if (this.packet.streamIndex === this.#index) return 'packet';
    }
  }

  /** Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.decoder.close();
    this.packet.free();
    this.#container.closeInputSync();
  }
}

function open(container: FormatContext, path: string): void {
  container.allocContext();
  const options = new Dictionary();
  options.set('protocol_whitelist', 'file');
  options.set('format_whitelist', CONTAINERS);
  try {
    const opened = container.openInputSync(`file:${path}`, null, options);
    if (opened < 0) {
      const why = FFmpegError.strerror(opened);
      if (/permission/i.test(why)) throw new FileError('file_unreadable', `${path} can't be read (${why}); check its permissions`);
      if (lacksIndex(path))
        throw new FileError(
          'file_truncated',
          `${path} breaks off before its index (moov): the recording was never finished or copied in part; copy it again, or repair it with a tool such as untrunc`,
        );
      throw new FileError('not_a_video', `${path} is not a video that can be read (${why}); use MP4, MOV, WebM or AVI`);
    }
  } finally {
    options.free();
  }
  const found = container.findStreamInfoSync();
  if (found < 0) throw new FileError('not_a_video', `${path} holds no streams that can be read (${FFmpegError.strerror(found)})`);
}

function decoderFor(path: string, stream: Stream, codec: string, options: Parameters<typeof AvDecoder.file>[1]): AvDecoder {
  try {
    return AvDecoder.file(stream.codecpar, options);
  } catch (error) {
    throw new FileError('codec_not_supported', `${path} holds ${codec}, which can't be decoded here; convert it to H.264 in MP4`, {
      cause: error,
    });
  }
}

/** How the stored pictures become what is to be seen, as the container and the stream say. */
function shapeOf({ codecpar, sampleAspectRatio }: Stream): {
  readonly orientation?: Orientation;
  readonly cropping?: Cropping;
  readonly pixelAspect: number;
} {
  const orientation = orientationOf(codecpar.getCodedSideData(AV_PKT_DATA_DISPLAYMATRIX));
  const cropping = croppingOf(codecpar.getCodedSideData(AV_PKT_DATA_FRAME_CROPPING), codecpar.width, codecpar.height);
  return {
    pixelAspect: pixelAspect(sampleAspectRatio, codecpar.sampleAspectRatio),
    ...(orientation ? { orientation } : {}),
    ...(cropping ? { cropping } : {}),
  };
}

function describe(container: FormatContext, stream: Stream, codec: string, shape: ReturnType<typeof shapeOf>): FileInfo {
  const stored = croppedSize(stream.codecpar.width, stream.codecpar.height, shape.cropping);
  const { width, height } = squareSize(stored.width, stored.height, shape.pixelAspect, { maxWidth: Infinity, maxHeight: Infinity });
  const turned = (shape.orientation?.clockwise ?? 0) % 180 !== 0;
  const rate = [stream.avgFrameRate, stream.rFrameRate].find(({ num, den }) => num > 0 && den > 0);
  const fps = rate ? rate.num / rate.den : undefined;
  const own = Number(stream.duration) * (stream.timeBase.num / stream.timeBase.den);
  const whole = Number(container.duration) / 1e6;
  const duration = [own, whole].find((seconds) => seconds > 0 && Number.isFinite(seconds) && seconds < 1e7);
  const counted = Number(stream.nbFrames);
  return {
    format: { width: turned ? height : width, height: turned ? width : height, codec },
    duration,
    frames: counted > 0 ? counted : duration !== undefined && fps !== undefined ? Math.round(duration * fps) : undefined,
    fps,
  };
}
