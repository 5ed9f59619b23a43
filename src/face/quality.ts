import type { FaceQuality, HeadPose, QualityFault } from './contract.js';
import type { Kernels } from './registration/kernels.js';

/** Limits beyond which a face cannot be measured. A fault is reported below (or above) `fault`; a pose scores 1 from `good` on. */
const QUALITY_LIMITS = {
  /** Outer eye corner distance, frame pixels: at 40 a crop pixel is 2.2 times finer than the camera's. */
  eyeDistance: { fault: 40 },
  /** Laplacian variance over variance of the crop. */
  sharpness: { fault: 0.004 },
  /** Mean luma. */
  dark: { fault: 45 },
  bright: { fault: 215 },
  /** Radians: 30° and 15°; pitch is estimated less accurately, so its limit is larger. */
  yaw: { fault: 0.52, good: 0.26 },
  pitch: { fault: 0.6, good: 0.35 },
  /** Part of the landmarks outside the frame. */
  cutOff: { fault: 0.03, good: 0 },
} as const;

/** The part of the crop that shows the face of any person, whatever its proportions: x0, y0, x1, y1. */
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

/** Faults of the image. They explain bad measurements; where measurements are good, they are not reported. */
const PICTURE_FAULTS: ReadonlySet<QualityFault> = new Set(['too_small', 'too_dark', 'too_bright', 'blurred']);
/** Quality of the measurements below which the faults of the image are reported. */
const BADLY_READ = 0.6;

/**
 * Score and faults, worst first (in the order of {@link QualityFault}). The score covers what is known before motion is
 * measured: pose and registration. Light, size and sharpness show in the errors of the measurements: see {@link explain}.
 */
export function rateQuality(input: QualityInput): FaceQuality {
  const faults: QualityFault[] = [];
  let score = input.unstable ? 0.3 : 1;
  if (input.eyeDistance < QUALITY_LIMITS.eyeDistance.fault) faults.push('too_small');
  if (input.light < QUALITY_LIMITS.dark.fault) faults.push('too_dark');
  if (input.light > QUALITY_LIMITS.bright.fault) faults.push('too_bright');
  if (input.sharpness < QUALITY_LIMITS.sharpness.fault) faults.push('blurred');
  const rate = (fault: QualityFault, value: number, limit: { readonly fault: number; readonly good: number }): void => {
    // From 0 at `fault` to 1 at `good`, whichever of them is larger.
    const part = (value - limit.fault) / (limit.good - limit.fault);
    if (part < 0) faults.push(fault);
    score *= Math.max(0, Math.min(1, 0.3 + 0.7 * part));
  };
  const turned = Math.max(part(Math.abs(input.pose.yaw), QUALITY_LIMITS.yaw), part(Math.abs(input.pose.pitch), QUALITY_LIMITS.pitch));
  rate('turned', turned, { fault: 1, good: 0 });
  rate('cut_off', input.outside, QUALITY_LIMITS.cutOff);
  if (input.unstable) faults.push('unstable');
  return { score, eyeDistance: input.eyeDistance, sharpness: input.sharpness, light: input.light, faults };
}

/** The quality once motion was measured: the `score` of the measurements, and the faults of the image only if that is low. */
export function explain(quality: FaceQuality, score: number): FaceQuality {
  return { ...quality, score, faults: score < BADLY_READ ? quality.faults : quality.faults.filter((fault) => !PICTURE_FAULTS.has(fault)) };
}

/** 0 up to `good`, 1 at `fault`. */
function part(value: number, limit: { readonly fault: number; readonly good: number }): number {
  return Math.max(0, (value - limit.good) / (limit.fault - limit.good));
}
