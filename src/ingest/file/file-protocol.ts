import type { SourceEvent, VideoFormat } from '../contract.js';
import type { FileHealth } from './file-health.js';

export interface FileWorkerData {
  readonly path: string;
  readonly fps: number | undefined;
  readonly credit: number;
  readonly maxWidth: number;
  readonly maxHeight: number;
  /** Two 32-bit integers, see {@link ACKED} and {@link STOP}. */
  readonly shared: SharedArrayBuffer;
}

/** Index of the count of frames that were dealt with. */
export const ACKED = 0;
/** Index of the wish to stop: 0 or 1. */
export const STOP = 1;

/** What is known of a file before it is decoded. */
export interface FileInfo {
  readonly format: VideoFormat;
  /** Seconds, where the file says. */
  readonly duration: number | undefined;
  /** Where the file says, or by duration and frame rate. */
  readonly frames: number | undefined;
  /** Frames a second on average, where the file says. */
  readonly fps: number | undefined;
}

export type FileHandlers = {
  open(): FileInfo;
  /** Begins to decode; everything else comes as events. */
  run(): void;
  /** Frees a file that was never begun. */
  release(): void;
};

export type FileEvents = {
  source: [event: SourceEvent];
  health: [health: FileHealth];
};
