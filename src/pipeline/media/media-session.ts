import type { Frame } from '../../ingest/contract.js';
import type { CropPair } from '../vision/vision.js';
import type { VisionSession } from '../vision/vision-session.js';
import type { PictureBuffers } from '../../ingest/decode/picture-buffers.js';
import type { WorkerPort } from '../../runtime/threads/mod.js';
import type { QueuedSession } from './analysis-queue.js';
import { failedAnalysis } from './failed-analysis.js';
import type { AnalysisEvent, MediaEvents } from './media-protocol.js';

/** Messages that may wait for main to read them before frames are dropped: a few seconds of a few sessions. */
const MAX_BACKLOG = 256;

export interface MediaSessionOptions {
  /** Sends an event of this session to main. */
  readonly send: (event: AnalysisEvent) => void;
  readonly port: Pick<WorkerPort<MediaEvents>, 'backlog'>;
  /** Take back the memory of frames. */
  readonly buffers: PictureBuffers;
}

/** Tracks and measures one session's frames in the process that decoded them. */
export class MediaSession implements QueuedSession {
  readonly #vision: VisionSession;
  readonly #options: MediaSessionOptions;

  constructor(vision: VisionSession, options: MediaSessionOptions) {
    this.#vision = vision;
    this.#options = options;
  }

  analyze(frame: Frame, waiting: number): void {
    const { send, port, buffers } = this.#options;
    if (port.backlog > MAX_BACKLOG) {
      this.dropped(frame);
      return;
    }
    try {
      const result = this.#vision.analyze(frame);
      send({ type: 'analyzed', frame: { result, decodeMs: frame.decodeMs, waiting } });
    } catch (error) {
      send(failedAnalysis(frame.decodeMs, error));
    } finally {
      buffers.giveBack(frame.data);
    }
  }

  dropped(frame: Frame): void {
    this.#options.send({ type: 'unanalyzed', frame: { reason: 'busy', decodeMs: frame.decodeMs } });
    this.#options.buffers.giveBack(frame.data);
  }

  crops(face: string, onset: number, apex: number, asOf: number): CropPair | undefined {
    return this.#vision.crops(face, onset, apex, asOf);
  }
}
