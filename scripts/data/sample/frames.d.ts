import type { Frame } from '../../../src/ingest/contract.js';

/** An expression to lay on a face. Seconds and px of the frame. */
export interface Expression {
  /** FACS numbers, e.g. `['AU1', 'AU2']`; those that scripts/data/sample/action-units.js knows. */
  readonly aus: readonly string[];
  /** The person's own side. Default `both`. */
  readonly side?: 'left' | 'right' | 'both';
  readonly onset: number;
  readonly rise: number;
  /** Seconds at the peak. Default 0. */
  readonly hold?: number;
  readonly fall: number;
  /** Largest displacement, px of the frame. */
  readonly peak: number;
}

export interface InjectedTruth {
  readonly aus: readonly string[];
  readonly side: 'left' | 'right' | 'both';
  readonly onset: number;
  /** Middle of the peak. */
  readonly apex: number;
  readonly offset: number;
  readonly peak: number;
}

export interface InjectedOptions {
  /** The picture: JPEG, PNG or WebP. */
  readonly portrait: Uint8Array;
  /** Its 468 FaceMesh landmarks, px of the picture. Default: those of `lab/assets/sample-portrait.jpg`. */
  readonly landmarks?: readonly (readonly [number, number])[];
  /** Where the picture lies in the frame: size of the frame (even), scale of the picture, its corner. Default 640×480, face 240 px wide. */
  readonly canvas?: {
    readonly width: number;
    readonly height: number;
    readonly scale: number;
    readonly left: number;
    readonly top: number;
  };
  readonly fps: number;
  readonly seconds: number;
  readonly events?: readonly Expression[];
  /** Starts of blinks, s; each takes 0.3 s. */
  readonly blinks?: readonly number[];
  /** Standard deviation of the sensor noise, grey levels (half of it on the colours). Default 2. */
  readonly noise?: number;
  /** Head sway, px of the frame. Default 0. */
  readonly sway?: number;
  /** Seconds after which the sway repeats. Default `seconds`. */
  readonly swayPeriod?: number;
  /** Gain of the light at a time. Default 1. */
  readonly light?: (t: number) => number;
  /** Same seed, same frames. Default 1. */
  readonly seed?: number;
}

export interface InjectedClip {
  /** Made one by one as they are asked for; can be walked once. */
  readonly frames: Iterable<Frame>;
  readonly truth: readonly InjectedTruth[];
  /** Landmarks of the face at rest, px of the frame. */
  readonly landmarks: readonly (readonly [number, number])[];
  readonly width: number;
  readonly height: number;
}

export const PORTRAIT_LANDMARKS: readonly (readonly [number, number])[];
export const CANVAS: NonNullable<InjectedOptions['canvas']>;

/** Frames of a still portrait that makes known (synthetic) expressions, for tests and the sample clip. */
export function makeInjectedFrames(options: InjectedOptions): Promise<InjectedClip>;
/** The same face doing nothing: noise and sway only. */
export function makeStillFrames(options: Omit<InjectedOptions, 'events' | 'blinks'>): Promise<InjectedClip>;
