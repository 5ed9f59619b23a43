import type { FaceQuality, HeadPose, QualityFault } from './aligned-face.js';
import type { Kernels } from './registration/kernels.js';

/** Where a face stops being measurable. A fault is named below (or above) `fault`; the score of that part is 1 from `good` on. */
export const QUALITY_LIMITS = {
  /** Outer eye corner distance, frame pixels: at 40 a crop pixel is 2.2 times finer than the camera's. */
  eyeDistance: { fault: 40, good: 80 },
  /** Laplacian variance over variance of the crop. */
  sharpness: { fault: 0.004, good: 0.02 },
  /** Mean luma. */
  dark: { fault: 45, good: 80 },
  bright: { fault: 215, good: 190 },
  /** Radians: 30° and 15°; pitch is read less surely, so it may be larger. */
  yaw: { fault: 0.52, good: 0.26 },
  pitch: { fault: 0.6, good: 0.35 },
  /** Part of the landmarks outside the frame. */
  cutOff: { fault: 0.03, good: 0 },
} as const;

/** The part of the crop that is face whatever the person's proportions: x0, y0, x1, y1. */
const FACE_WINDOW = [56, 60, 168, 180] as const;

/** Light and sharpness of a crop; costs a few hundredths of a millisecond. */
export function measureCrop(kernels: Kernels, crop: Float32Array): { light: number; sharpness: number } {
  const { mean, variance, laplacian } = kernels.sharpness(crop, ...FACE_WINDOW);
  return { light: mean, sharpness: laplacian / Math.max(variance, 1) };
}

export interface QualityInput {
  readonly eyeDistance: number;
  readonly light: number;
  readonly sharpness: number;
  readonly pose: HeadPose;
  /** Part of the landmarks outside the frame, 0..1. */
  readonly outside: number;
  /** Registration failed on this frame. */
  readonly unstable: boolean;
}

/** Score and faults, worst first (in the order of {@link QualityFault}). */
export function rateQuality(input: QualityInput): FaceQuality {
  const faults: QualityFault[] = [];
  let score = input.unstable ? 0.3 : 1;
  const rate = (fault: QualityFault, value: number, limit: { readonly fault: number; readonly good: number }): void => {
    // How far from `fault` (0) to `good` (1); either may be the larger number.
    const part = (value - limit.fault) / (limit.good - limit.fault);
    if (part < 0) faults.push(fault);
    score *= Math.max(0, Math.min(1, 0.3 + 0.7 * part));
  };
  rate('too_small', input.eyeDistance, QUALITY_LIMITS.eyeDistance);
  rate('too_dark', input.light, QUALITY_LIMITS.dark);
  rate('too_bright', input.light, QUALITY_LIMITS.bright);
  rate('blurred', input.sharpness, QUALITY_LIMITS.sharpness);
  const turned = Math.max(part(Math.abs(input.pose.yaw), QUALITY_LIMITS.yaw), part(Math.abs(input.pose.pitch), QUALITY_LIMITS.pitch));
  rate('turned', turned, { fault: 1, good: 0 });
  rate('cut_off', input.outside, QUALITY_LIMITS.cutOff);
  if (input.unstable) faults.push('unstable');
  return { score, eyeDistance: input.eyeDistance, sharpness: input.sharpness, light: input.light, faults };
}

/** 0 up to `good`, 1 at `fault`. */
function part(value: number, limit: { readonly fault: number; readonly good: number }): number {
  return Math.max(0, (value - limit.good) / (limit.fault - limit.good));
}
