import type { HeadPose } from '../face/contract.js';

/** The regions whose motion the spotter watches, named from the image's side (the viewer's left). */
export const MOTION_REGIONS = [
  'brow_outer_left',
  'brow_inner_left',
  'brow_inner_right',
  'brow_outer_right',
  'eyelid_left',
  'eyelid_right',
  'nose_left',
  'nose_right',
  'cheek_left',
  'cheek_right',
  'mouth_corner_left',
  'mouth_corner_right',
  'lip_upper',
  'lip_lower',
  'chin',
] as const;
export type MotionRegion = (typeof MOTION_REGIONS)[number];

/** Sigma of a region that could not be read in a frame, px: far above that of any that was. */
export const UNREADABLE = 4;

/** Whether a region (index of {@link MOTION_REGIONS}) was read in a frame. */
export function isReadable({ sigma }: Pick<MotionSample, 'sigma'>, region: number): boolean {
  return sigma[2 * region]! < UNREADABLE && sigma[2 * region + 1]! < UNREADABLE;
}

/** What one frame says of one face's motion; the spotter's only input. */
export interface MotionSample {
  readonly face: string;
  /** Media seconds. */
  readonly t: number;
  /** Index of the frame; a hole in the sequence is a dropped frame. */
  readonly index: number;
  /** Changes when the reference frame changes without a bridge: displacements before and after can't be compared. */
  readonly epoch: number;
  /**
   * u, v of each of {@link MOTION_REGIONS} in pixels of the reference crop, x right, y down, relative to the rigid face
   * (the head's own motion and the nose's are removed). A region that could not be read holds its last value; one that was lost
   * and taken anew goes on from there.
   */
  readonly motion: Float32Array;
  /**
   * Standard deviation expected of each u, v, px: from the image's noise, from what the region's template does not explain, and from
   * how sure the head's motion is. {@link UNREADABLE} where the region could not be read, see {@link isReadable}.
   */
  readonly sigma: Float32Array;
  /** Eye aperture, left and right of the image: height over width of the lid opening; blinks fall to 0. */
  readonly eyes: readonly [number, number];
  /** Mouth aperture: inner lip distance over mouth width. */
  readonly mouth: number;
  readonly pose: HeadPose;
  /** Speed of the head in crop pixels per second, and of its turning in radians per second. */
  readonly headSpeed: number;
  readonly turnSpeed: number;
  /** 0..1: how many regions can be read and how well, less where the head is turned away, cut off or just registered anew. */
  readonly quality: number;
}

/** What the spotter says while it watches. Times are media seconds. */
export type SpotterEvent =
  | {
      readonly type: 'signal';
      readonly face: string;
      readonly t: number;
      readonly motion: number;
      readonly threshold: number;
      readonly unit?: 'likelihood';
    }
  | { readonly type: 'opened'; readonly window: Window }
  | { readonly type: 'updated'; readonly window: Window }
  | { readonly type: 'closed'; readonly window: Window }
  /** What was opened turned out to be nothing (a blink, a head movement): the annotation closes as discarded. */
  | { readonly type: 'withdrawn'; readonly window: Window; readonly reason: 'blink' | 'head' | 'gap' | 'nuisance' }
  | { readonly type: 'reset'; readonly face: string; readonly t: number; readonly reason: string };

/** An onset-apex window, and its offset once it is known. */
export interface Window {
  /** Unique within the session. */
  readonly key: string;
  readonly face: string;
  readonly kind: 'micro' | 'macro';
  /** Media seconds. */
  readonly onset: number;
  readonly apex: number;
  /** Absent while the motion has not yet fallen. */
  readonly offset?: number;
  /** 0..1: how sure the spotter is. */
  readonly score: number;
  /** Largest displacement at the apex, px of the reference crop. */
  readonly peak: number;
  /** Regions that moved, strongest first. */
  readonly regions: readonly MotionRegion[];
}
