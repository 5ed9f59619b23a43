import type { Frame, SourceEvent } from '../../ingest/contract.js';
import type { IngestEvents, IngestHandlers, IngestWorkerData } from '../../ingest/live-protocol.js';
import type { CropPair, VisionResult } from '../vision/vision.js';
import type { VisionModelsOptions } from '../vision/vision-models.js';

/** What a media process is started with. */
export interface MediaProcessData {
  readonly ingest: IngestWorkerData;
  readonly vision: VisionModelsOptions;
  /** Faces followed in one session. */
  readonly maxFaces: number;
  /** Frames of a session that may wait for their analysis. */
  readonly queue: number;
}

/** A frame that was analysed where it was decoded: all of it but its pixels. */
interface AnalyzedFrame {
  readonly result: VisionResult;
  readonly decodeMs: number;
  /** Frames of this session that wait behind it. */
  readonly waiting: number;
}

/** A frame that was decoded and not analysed. */
type UnanalyzedFrame = Pick<Frame, 'decodeMs'> &
  ({ readonly reason: 'busy' } | { readonly reason: 'failed'; readonly code: string; readonly message: string });

/** What became of a frame that stays in the process that decodes it. */
export type AnalysisEvent =
  { readonly type: 'analyzed'; readonly frame: AnalyzedFrame } | { readonly type: 'unanalyzed'; readonly frame: UnanalyzedFrame };

/** What a session receives from its source, whichever process analyses the frames. */
export type SourceMessage = SourceEvent | AnalysisEvent;

/** Methods of a media process: those of an ingest worker, and what is asked of the analysis. */
export type MediaHandlers = IngestHandlers & {
  /** As after the frame at media time `asOf`, even where later ones have been analysed since; until the session is released. */
  crops(session: number, face: string, onset: number, apex: number, asOf: number): CropPair | undefined;
  /** Forgets the session's faces; what has ended still answers until then. */
  release(session: number): void;
};

/** Events of a media process; the first argument is the session's number, where they belong to one. */
export type MediaEvents = Omit<IngestEvents, 'source'> & {
  source: [session: number, message: SourceMessage];
  usage: [session: undefined, usage: ProcessUsage];
};

/** What a media process uses, reported once a second, for its parent's metrics. */
export interface ProcessUsage {
  /** Seconds of processor time since its start. */
  readonly cpu: number;
  /** Bytes of resident memory. */
  readonly rss: number;
}
