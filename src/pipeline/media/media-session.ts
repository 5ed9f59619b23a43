import type { Frame } from '../../ingest/contract.js';
import type { CropPair } from '../vision/vision.js';
import type { VisionSession } from '../vision/vision-session.js';
import type { QueuedSession } from './analysis-queue.js';
import { failedAnalysis } from './failed-analysis.js';
import type { AnalysisEvent } from './media-protocol.js';

export interface MediaSessionOutput {
  event(event: AnalysisEvent): void;
  /** The frame's pixels are no longer needed. */
  done(frame: Frame): void;
  /** Whether the receiver is far behind in reading events. */
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
      const result = this.#vision.analyze(frame);
      this.#out.event({ type: 'analyzed', frame: { result, decodeMs: frame.decodeMs, waiting } });
    } catch (error) {
      this.#out.event(failedAnalysis(frame.decodeMs, error));
    } finally {
      this.#out.done(frame);
    }
  }

  dropped(frame: Frame): void {
    this.#out.event({ type: 'unanalyzed', frame: { reason: 'busy', decodeMs: frame.decodeMs } });
    this.#out.done(frame);
  }

  crops(face: string, onset: number, apex: number, asOf: number): CropPair | undefined {
    return this.#vision.crops(face, onset, apex, asOf);
  }
}
