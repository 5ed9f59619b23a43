import type { Frame } from '../../ingest/contract.js';
import type { CropPair } from '../vision/vision.js';
import type { VisionSession } from '../vision/vision-session.js';
import type { QueuedSession } from './analysis-queue.js';
import type { AnalyzedFrame, UnanalyzedFrame } from './media-protocol.js';

export interface MediaSessionOutput {
  analyzed(frame: AnalyzedFrame): void;
  unanalyzed(frame: UnanalyzedFrame): void;
  /** Nobody needs the frame's pixels any more. */
  done(frame: Frame): void;
  /** Whether the other end is far behind in reading what it is told. */
  readonly congested: boolean;
}

/** Tracks and measures one session's frames in the process that decoded them. */
export class MediaSession implements QueuedSession {
  readonly #vision: VisionSession;
  readonly #out: MediaSessionOutput;

  constructor(vision: VisionSession, out: MediaSessionOutput) {
    this.#vision = vision;
    this.#out = out;
  }

  analyze(frame: Frame, waiting: number): void {
    if (this.#out.congested) {
      this.dropped(frame);
      return;
    }
    try {
      this.#out.analyzed({ result: this.#vision.analyze(frame), decodeMs: frame.decodeMs, waiting });
    } catch (error) {
      const { code } = error as { code?: unknown };
      this.#out.unanalyzed({
        reason: 'failed',
        decodeMs: frame.decodeMs,
        code: typeof code === 'string' ? code : 'vision_failed',
        message: error instanceof Error ? error.message : String(error),
      });
    } finally {
      this.#out.done(frame);
    }
  }

  dropped(frame: Frame): void {
    this.#out.unanalyzed({ reason: 'busy', decodeMs: frame.decodeMs });
    this.#out.done(frame);
  }

  crops(face: string, onset: number, apex: number, asOf: number): CropPair | undefined {
    return this.#vision.crops(face, onset, apex, asOf);
  }
}
