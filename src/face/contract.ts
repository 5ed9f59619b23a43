import type { Similarity } from '../common/similarity.js';

export type { Similarity } from '../common/similarity.js';

/** Edge of the square reference crop in pixels. The system measures all motion in pixels of this crop. */
export const CROP_SIZE = 224;

/**
 * Where the outer eye corners (FaceMesh landmarks 33 and 263) lie in the reference crop, in crop pixels: on the horizontal
 * line y = 0.38·224, 88 px apart, centred. The face is then about 140 px wide and 190 px high. The models were trained on this crop.
 */
export const CROP_EYES = { distance: 88, centreX: 112, centreY: 0.38 * CROP_SIZE } as const;

/** Radians; yaw > 0: the person turns to the image's right; pitch > 0: chin down; roll > 0: clockwise on the screen. */
export interface HeadPose {
  readonly yaw: number;
  readonly pitch: number;
  readonly roll: number;
}

/** Why a face cannot be measured well enough for spotting, worst first; empty when it can. */
export type QualityFault = 'too_small' | 'too_dark' | 'too_bright' | 'blurred' | 'turned' | 'cut_off' | 'unstable';

/** How well a face can be measured. */
export interface FaceQuality {
  /** 0 (unusable) to 1 (best): from pose and registration and, once its motion was measured, from the error of its regions. */
  readonly score: number;
  /** Distance between the outer eye corners in pixels of the frame. */
  readonly eyeDistance: number;
  /** Variance of the Laplacian of the crop, over the crop's variance: sharp faces give more. */
  readonly sharpness: number;
  /** Mean luma of the face, 0..255. */
  readonly light: number;
  readonly faults: readonly QualityFault[];
}

/** A tracked face in one frame. */
interface TrackedFace {
  /** Stable through short occlusion: `f1`, `f2`, … in order of appearance within the session. */
  readonly id: string;
  /** Axis-aligned box in pixels of the frame: x, y, width, height. */
  readonly box: readonly [number, number, number, number];
  /** The 468 FaceMesh landmarks: x0, y0, x1, y1, … in pixels of the frame. For regions only; they jitter. */
  readonly landmarks: Float32Array;
  readonly pose: HeadPose;
  readonly quality: FaceQuality;
}

/**
 * A tracked face resampled to the reference crop, registered to the reference frame of its span.
 *
 * The reference changes (a new `reference`) when the face was lost, the head turned far, or the span grew long.
 */
export interface AlignedFace extends TrackedFace {
  /** Media seconds. */
  readonly t: number;
  /** Index of the frame. */
  readonly index: number;
  /** Luma of the crop, row-major `CROP_SIZE * CROP_SIZE`, 0..255, not rounded. Valid until the next frame of this face. */
  readonly crop: Float32Array;
  /** Counts the reference frames of this face from 0. */
  readonly reference: number;
  /** True on the reference frame itself. */
  readonly isReference: boolean;
  /** Takes crop pixels to frame pixels. */
  readonly toFrame: Similarity;
  /** Robust RMS of the registration residuals, in grey levels of the crop. */
  readonly residual: number;
  /**
   * Only on a reference frame that follows another one without a loss between: this very frame resampled in the registration
   * of the span that ended, so that displacements can be carried over. Valid as long as `crop`.
   */
  readonly cropInPreviousReference?: Float32Array;
}
