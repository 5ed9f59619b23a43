import type { EndReason } from '../../ingest/contract.js';
import type { FileHealth } from '../../ingest/mod.js';
import type { VideoFormat } from '../../ingest/contract.js';
import type { CropPair } from '../vision/vision.js';
import type { VisionModelsOptions } from '../vision/vision-models.js';
import type { SourceMessage } from './media-protocol.js';

/** What a process that analyses one recording is started with. */
export interface RecordingProcessData {
  readonly path: string;
  readonly vision: VisionModelsOptions;
  /** Faces followed. */
  readonly maxFaces: number;
}

/** What is known of the recording before it is decoded. */
export interface RecordingInfo {
  readonly format: VideoFormat;
  readonly duration: number | undefined;
}

export type RecordingHandlers = {
  /** Rejects with the codes of `FileError`. */
  open(): RecordingInfo | Promise<RecordingInfo>;
  /** Begins to decode and analyse; everything else comes as events. */
  run(): void;
  /** One frame was dealt with; another may be sent. */
  ack(): void;
  stop(reason: EndReason): void;
  /** As after the frame at media time `asOf`, even where later ones have been analysed since. */
  crops(face: string, onset: number, apex: number, asOf: number): CropPair | undefined;
};

export type RecordingEvents = {
  source: [message: SourceMessage];
  health: [health: FileHealth];
};
