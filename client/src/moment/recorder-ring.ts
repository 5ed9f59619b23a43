import { bestStretch, surplus, type Stretch } from './segments.js';

/** Options of {@link RecorderRing}. */
export interface RecorderRingOptions {
  /** Seconds that each segment lasts. Default 20. */
  readonly length?: number;
  /** Seconds by which a segment overlaps the next, so that a moment of that length lies whole in one. Default 4. */
  readonly overlap?: number;
  /** Bytes kept in all. Default 64 MiB. */
  readonly budget?: number;
  /** Bits per second. Default 4 000 000. */
  readonly bitrate?: number;
}

interface Segment extends Stretch {
  to: number;
  recorder: MediaRecorder;
  blob: Blob | undefined;
  done: Promise<Blob>;
}

const TYPES = ['video/webm;codecs=vp8', 'video/webm', 'video/mp4;codecs=avc1.42E01E', 'video/mp4'];

/** Milliseconds between looks at a paused recorder, how long nothing may come from it until it counts as empty, and the longest wait. */
const LOOK = 250;
const QUIET = 1000;
const LONGEST = 10_000;

/**
 * The last minutes of the local stream, kept in this browser's memory only, as overlapping recordings that can each be
 * played alone.
 *
 *     |------- segment 1 -------|
 *                        |------- segment 2 -------|
 *                                               |------- segment 3 …
 */
export class RecorderRing {
  readonly type: string | undefined;
  readonly #stream: MediaStream;
  readonly #options: Required<RecorderRingOptions>;
  #segments: Segment[] = [];
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(stream: MediaStream, options: RecorderRingOptions = {}) {
    this.#options = { length: 20, overlap: 4, budget: 64 * 2 ** 20, bitrate: 4_000_000, ...options };
    this.#stream = stream;
    this.type = typeof MediaRecorder === 'undefined' ? undefined : TYPES.find((type) => MediaRecorder.isTypeSupported(type));
    if (this.type === undefined) return;
    this.#begin();
    this.#timer = setInterval(
      () => {
        this.#begin();
      },
      (this.#options.length - this.#options.overlap) * 1000,
    );
  }

  /** Whether any of a moment (seconds on performance.now()'s clock) is still held. */
  holds(from: number, to: number): boolean {
    return bestStretch(this.#segments, from, to) !== undefined;
  }

  /**
   * The recording that holds a moment, and how far into it the moment begins and ends, in seconds. A recording still
   * running is ended for it as soon as the moment is over. Undefined where the moment is no longer held.
   */
  async take(from: number, to: number): Promise<{ blob: Blob; begin: number; end: number } | undefined> {
    const segment = bestStretch(this.#segments, from, to);
    if (!segment) return undefined;
    if (!segment.blob) {
      const wait = to + 0.3 - performance.now() / 1000;
      if (wait > 0)
        await new Promise((resolve) => {
          setTimeout(resolve, wait * 1000);
        });
      if (segment === this.#segments.at(-1)) this.#begin();
      this.#end(segment);
    }
    const blob = await segment.done;
    return { blob, begin: Math.max(0, from - segment.from), end: Math.max(0, Math.min(to, segment.to) - segment.from) };
  }

  /** Ends recording; what was recorded stays until {@link clear}. May be called twice. */
  stop(): void {
    clearInterval(this.#timer);
    for (const segment of this.#segments) this.#end(segment);
  }

  clear(): void {
    this.stop();
    this.#segments = [];
  }

  #begin(): void {
    if (!this.#stream.active) return;
    const recorder = new MediaRecorder(this.#stream, {
      ...(this.type === undefined ? {} : { mimeType: this.type }),
      videoBitsPerSecond: this.#options.bitrate,
    });
    const parts: Blob[] = [];
    const segment: Segment = {
      from: performance.now() / 1000,
      to: Infinity,
      recorder,
      blob: undefined,
      done: new Promise((resolve) => {
        recorder.ondataavailable = ({ data }) => {
          parts.push(data);
        };
        recorder.onstop = () => {
          segment.blob = new Blob(parts, { type: recorder.mimeType });
          if (segment.to === Infinity) segment.to = performance.now() / 1000;
          resolve(segment.blob);
          this.#trim();
        };
      }),
    };
    try {
      recorder.start();
    } catch {
      return;
    }
    this.#segments.push(segment);
    setTimeout(() => {
      this.#end(segment);
    }, this.#options.length * 1000);
  }

  #end(segment: Segment): void {
    if (segment.recorder.state !== 'recording') return;
    segment.to = performance.now() / 1000;
    segment.recorder.pause();
    void drained(segment.recorder).then(() => {
      if (segment.recorder.state !== 'inactive') segment.recorder.stop();
    });
  }

  #trim(): void {
    const finished = this.#segments.filter((segment) => segment.blob);
    const leaving = new Set(
      finished.slice(
        0,
        surplus(
          finished.map((segment) => segment.blob?.size ?? 0),
          this.#options.budget,
        ),
      ),
    );
    this.#segments = this.#segments.filter((segment) => !leaving.has(segment));
  }
}

/**
 * Resolves when a paused recorder has handed out what it had taken in. Chromium's runs seconds behind on a busy machine, and what
 * waits in its encoder is lost when it is stopped.
 */
async function drained(recorder: MediaRecorder): Promise<void> {
  const began = performance.now();
  let last = began;
  const heard = ({ data }: BlobEvent): void => {
    if (data.size > 0) last = performance.now();
  };
  recorder.addEventListener('dataavailable', heard);
  while (recorder.state === 'paused' && performance.now() - last < QUIET && performance.now() - began < LONGEST) {
    recorder.requestData();
    await new Promise((resolve) => {
      setTimeout(resolve, LOOK);
    });
  }
  recorder.removeEventListener('dataavailable', heard);
}
