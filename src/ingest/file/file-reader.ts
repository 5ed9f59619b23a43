import { DecodeError, type DecodedPicture } from '../decode/frame-decoder.js';
import type { EndReason, Frame, SourceCounters, SourceEvents, VideoFormat } from '../frame.js';
import { FileClock } from './file-clock.js';
import type { VideoFile } from './video-file.js';

export type FileReaderOutput = Omit<SourceEvents, 'end'> & {
  /** Waits until another frame may be sent; false when reading should stop. */
  credit(): boolean;
  end(reason: EndReason, message?: string): void;
};

/** Frames between two reports of the counters. */
const COUNTERS_EVERY = 30;

/** Decodes a file from its beginning to its end, blocking while the other side has no room. */
export class FileReader {
  readonly #file: VideoFile;
  readonly #out: FileReaderOutput;
  readonly #clock: FileClock;
  readonly #counters: SourceCounters = { framesReceived: 0, framesDecoded: 0, framesDropped: 0, packetsLost: 0, keyframeRequests: 0 };
  #format: VideoFormat | undefined;
  #index = 0;
  #gap = false;
  #faults = 0;
  /** End of the last frame by the file's own time, seconds. */
  #reached = 0;

  constructor(file: VideoFile, fps: number | undefined, out: FileReaderOutput) {
    this.#file = file;
    this.#out = out;
    this.#clock = new FileClock({ fps, nominal: file.info.fps });
  }

  /** Sends everything, `end` last. */
  run(): void {
    try {
      const stopped = !this.#packets();
      this.#out.counters({ ...this.#counters });
      if (!stopped) this.#finish(undefined);
    } catch (error) {
      this.#out.counters({ ...this.#counters });
      this.#finish(error instanceof Error ? error.message : String(error));
    }
  }

  /** False when the other side wants no more. */
  #packets(): boolean {
    for (;;) {
      const read = this.#file.read();
      if (read === 'end') return this.#decode(() => this.#file.decoder.flush());
      if (read !== 'packet') {
        if (!this.#decode(() => this.#file.decoder.flush())) return false;
        throw new Error(`the file breaks off (${read.broken})`);
      }
      this.#counters.framesReceived++;
      if (!this.#decode(() => this.#file.decoder.decodePacket(this.#file.packet))) return false;
      if (this.#counters.framesReceived % COUNTERS_EVERY === 0) this.#out.counters({ ...this.#counters });
    }
  }

  #decode(decode: () => DecodedPicture[]): boolean {
    let pictures: DecodedPicture[];
    try {
      pictures = decode();
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#counters.framesDropped++;
      this.#gap = true;
      if (this.#faults++ === 0) this.#out.fault('decode_failed', `a frame near ${this.#reached.toFixed(1)} s could not be decoded: ${error.message}`);
      return true;
    }
    return pictures.every((picture) => this.#send(picture));
  }

  #send(picture: DecodedPicture): boolean {
    const timestamp = picture.pts === undefined ? undefined : Number(picture.pts) * this.#file.tick;
    const index = this.#index++;
    const t = this.#clock.seconds(timestamp, index);
    const { width, height } = picture;
    this.#reached = Math.max(this.#reached, t);
    this.#counters.framesDecoded++;
    if (this.#format?.width !== width || this.#format.height !== height) {
      if (this.#format) this.#gap = true;
      this.#format = { width, height, codec: this.#file.info.format.codec };
      this.#out.format(this.#format);
    }
    if (!this.#out.credit()) return false;
    if (this.#gap && index > 0) this.#out.gap('frames of the file could not be decoded');
    this.#gap = false;
    const frame: Frame = { index, t, width, height, data: picture.data, receivedAt: Date.now(), decodeMs: picture.decodeMs };
    this.#out.frame(frame);
    return true;
  }

  #finish(broken: string | undefined): void {
    const { frames } = this.#file.info;
    const { framesReceived, framesDecoded } = this.#counters;
    const missing = broken ?? this.#missing(frames, framesReceived);
    if (missing === undefined && framesDecoded > 0) { this.#out.end('ended'); return; }
    const message = missing ?? 'no frame of the file could be decoded';
    this.#out.fault(missing === undefined ? 'decode_failed' : 'file_truncated', message);
    this.#out.end('failed', `${message}; ${String(framesDecoded)} frames before it were analysed`);
  }

  /** A file that was cut off ends without an error, only too early. */
  #missing(frames: number | undefined, read: number): string | undefined {
    // Some slack: frame counts are estimates for containers that don't store them.
    if (frames === undefined || read >= frames * 0.9 - 5) return undefined;
    return `the file breaks off: it announces ${String(frames)} frames and has ${String(read)}`;
  }
}
