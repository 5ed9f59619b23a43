import { AV_PKT_FLAG_CORRUPT } from 'node-av/constants';
import { DecodeError, type DecodedPicture } from '../decode/frame-decoder.js';
import type { SourceCounters, SourceEvent, VideoFormat } from '../contract.js';
import { FileClock } from './file-clock.js';
import type { FileHealth } from './file-health.js';
import type { VideoFile } from './video-file.js';

export interface FileReaderOutput {
  event(event: SourceEvent): void;
  /** Waits until another frame may be sent; false when reading should stop. */
  credit(): boolean;
  health(health: FileHealth): void;
}

/** Frames between two reports of the counters. */
const COUNTERS_EVERY = 30;
/** More damaged packets than this never wait for their pictures at once. */
const MOST_DAMAGED = 256;

interface Held {
  readonly picture: DecodedPicture;
  readonly timestamp: number | undefined;
}

/** Decodes a file from its beginning to its end, blocking while the other side has no room. */
export class FileReader {
  readonly #file: VideoFile;
  readonly #out: FileReaderOutput;
  readonly #clock: FileClock;
  readonly #counters: SourceCounters = { framesReceived: 0, framesDecoded: 0, framesDropped: 0, packetsLost: 0, keyframeRequests: 0 };
  #format: VideoFormat | undefined;
  #index = 0;
  readonly #faults = { decodeErrors: 0, corruptFrames: 0 };
  /** Times of packets that the container marks as damaged, whose pictures have yet to come. */
  readonly #damaged = new Set<bigint>();
  #held: Held | undefined;
  #start: number | undefined;
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
      this.#report();
      if (!stopped) this.#finish(undefined);
    } catch (error) {
      this.#report();
      this.#finish(error instanceof Error ? error.message : String(error));
    }
  }

  /** False when the other side wants no more. */
  #packets(): boolean {
    for (;;) {
      const read = this.#file.read();
      if (read !== 'packet') {
        if (!this.#decode(() => this.#file.decoder.flush()) || (this.#held && !this.#send(this.#held, undefined))) return false;
        if (read === 'end') return true;
        throw new Error(`the file breaks off near ${this.#reached.toFixed(1)} s (${read.broken})`);
      }
      this.#counters.framesReceived++;
      const { packet } = this.#file;
      if ((packet.flags & AV_PKT_FLAG_CORRUPT) !== 0 && this.#damaged.size < MOST_DAMAGED) this.#damaged.add(packet.pts);
      if (!this.#decode(() => this.#file.decoder.decodePacket(packet))) return false;
      if (this.#counters.framesReceived % COUNTERS_EVERY === 0) this.#report();
    }
  }

  #decode(decode: () => DecodedPicture[]): boolean {
    let pictures: DecodedPicture[];
    try {
      pictures = decode();
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      this.#lose();
      if (this.#faults.decodeErrors++ === 0)
        this.#fault('decode_failed', `a frame near ${this.#reached.toFixed(1)} s could not be decoded: ${error.message}`);
      return true;
    }
    return pictures.every((picture) => this.#hold(picture));
  }

  /** A frame is sent once the next one's timestamp has said whether its own can be right. */
  #hold(picture: DecodedPicture): boolean {
    const timestamp = picture.pts === undefined ? undefined : Number(picture.pts) * this.#file.tick;
    const held = this.#held;
    this.#held = {
      picture: picture.pts !== undefined && this.#damaged.delete(picture.pts) ? { ...picture, corrupt: true } : picture,
      timestamp,
    };
    return held ? this.#send(held, timestamp) : true;
  }

  #send({ picture, timestamp }: Held, next: number | undefined): boolean {
    const index = this.#index++;
    const strays = this.#clock.faults.strayTimestamps;
    const t = this.#clock.seconds(timestamp, index, next);
    this.#start ??= timestamp === undefined ? 0 : Math.round((timestamp - this.#file.origin) * 1e6) / 1e6 || 0;
    if (strays === 0 && this.#clock.faults.strayTimestamps > 0)
      this.#fault(
        'timestamp_stray',
        `the timestamp of a frame near ${t.toFixed(1)} s can't be right; it was placed between its neighbours`,
      );
    this.#reached = Math.max(this.#reached, t);
    if (picture.corrupt) {
      this.#lose(0);
      if (this.#faults.corruptFrames++ === 0)
        this.#fault('frame_corrupt', `a frame near ${t.toFixed(1)} s is damaged; such frames are not analysed`);
      return true;
    }
    const { width, height } = picture;
    this.#counters.framesDecoded++;
    if (this.#format?.width !== width || this.#format.height !== height) {
      this.#format = { width, height, codec: this.#file.info.format.codec };
      this.#out.event({ type: 'format', format: this.#format });
    }
    if (!this.#out.credit()) return false;
    const { data, decodeMs } = picture;
    this.#out.event({ type: 'frame', frame: { index, t, width, height, data, receivedAt: Date.now(), decodeMs } });
    return true;
  }

  /** Leaves a hole in the frames' numbers. */
  #lose(numbers = 1): void {
    this.#index += numbers;
    this.#counters.framesDropped++;
  }

  #fault(code: string, message: string): void {
    this.#out.event({ type: 'fault', code, message });
  }

  #report(): void {
    this.#out.event({ type: 'counters', counters: { ...this.#counters } });
    this.#out.health({ ...this.#faults, ...this.#clock.faults, start: this.#start ?? 0 });
  }

  #finish(broken: string | undefined): void {
    const { framesDecoded } = this.#counters;
    if (broken === undefined && framesDecoded > 0) {
      this.#out.event({ type: 'end', reason: 'ended' });
      return;
    }
    const message =
      broken ?? (this.#faults.corruptFrames > 0 ? 'every frame of the file is damaged' : 'no frame of the file could be decoded');
    this.#fault(broken === undefined ? 'decode_failed' : 'file_truncated', message);
    this.#out.event({ type: 'end', reason: 'failed', message: `${message}; ${String(framesDecoded)} frames before it were analysed` });
  }
}
