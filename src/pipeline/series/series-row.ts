import type { HeadPose } from '../../face/contract.js';
import type { BlockReason } from '../quality-gate.js';

/** What is known of one face in one frame. NaN stands for what could not be read. */
export interface FaceValues {
  readonly id: string;
  /** 0..1: how well the face can be measured. */
  readonly quality: number;
  /** The worst of what stands against spotting on it. */
  readonly fault: BlockReason | undefined;
  /** Pixels of the frame between the outer eye corners. */
  readonly eyeDistance: number;
  readonly pose: HeadPose;
  /** Changes when displacements before and after can't be compared. */
  readonly epoch: number;
  /** u, v of each of MOTION_REGIONS in px of the reference crop. */
  readonly motion: Float32Array;
  /** How far each region is from its rest, px. */
  readonly moved: Float32Array;
  readonly eyes: readonly [number, number];
  readonly mouth: number;
  readonly headSpeed: number;
  /** 0..5 for each of `SERIES_UNITS`. */
  readonly units: Float32Array;
  /** Whether each of them stands clear of the error of its measurement. */
  readonly present: readonly boolean[];
}

/** What the spotter says of one face in one frame. */
export interface SpotterValues {
  /** 0..1 for each of the network's CLASSES; absent where faces are watched by rules, or the network said nothing of that moment. */
  readonly likelihoods?: Float32Array | undefined;
  /** What is held against {@link threshold}. */
  readonly score: number;
  readonly threshold: number;
}

/** One frame of a face's curves, or a frame without any face. */
export interface SeriesRow {
  /** Index of the frame, from 0. */
  readonly index: number;
  /** Media seconds. */
  readonly t: number;
  readonly face?: FaceValues & SpotterValues;
}

/** Whatever takes the rows of a session, in the order of the frames. */
export interface SeriesSink {
  add(row: SeriesRow): void;
  /** The session has ended. */
  end?(): void;
}
