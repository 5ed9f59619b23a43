import type { ClipSource } from '../../datasets/mod.js';
import type { Spotted } from './spotted.js';

/** What a thread is started with. */
export interface SpottingWorkerData {
  readonly spotters: readonly string[];
  /** Folder of measured clips. */
  readonly signals?: string;
}

/** One clip's results. */
export interface ClipResult {
  readonly seconds: number;
  readonly fps: number;
  /** Faces that were followed. */
  readonly faces: number;
  readonly fault?: string;
  readonly spotted: Readonly<Record<string, Spotted>>;
}

export type SpottingHandlers = {
  spot(clip: string, source: ClipSource): Promise<ClipResult>;
};
