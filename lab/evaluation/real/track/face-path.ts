/** Values of one frame: 468 landmarks, x and y. */
export const POINTS = 936;
/** Standard deviation of the smoothing over time, s: the landmarks' jitter goes, the head's motion stays. */
const SIGMA = 0.05;

/** Where a face was in every frame of a clip. */
export interface FacePath {
  readonly width: number;
  readonly height: number;
  /** Nominal frames a second. */
  readonly fps: number;
  /** Media seconds of each frame. */
  readonly times: Float64Array;
  /** 468 landmarks of each frame, px, smoothed over time; NaN where the face was not found. */
  readonly points: Float32Array;
}

/** The landmarks of a frame. */
export function pointsAt({ points }: FacePath, frame: number): Float32Array {
  return points.subarray(frame * POINTS, (frame + 1) * POINTS);
}

export function isSeen({ points }: FacePath, frame: number): boolean {
  return !Number.isNaN(points[frame * POINTS]!);
}

/** Index of the frame nearest to a moment. */
export function frameAt({ times }: FacePath, t: number): number {
  let low = 0,
    high = times.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (times[middle]! <= t) low = middle;
    else high = middle;
  }
  return Math.abs(times[high]! - t) < Math.abs(times[low]! - t) ? high : low;
}

/** Landmarks smoothed by a Gaussian over time, within each stretch that has the face. */
export function smoothed(times: Float64Array, raw: Float32Array): Float32Array {
  const out = new Float32Array(raw.length).fill(Number.NaN);
  const seen = (frame: number): boolean => frame >= 0 && frame < times.length && !Number.isNaN(raw[frame * POINTS]!);
  for (let frame = 0; frame < times.length; frame++) {
    if (!seen(frame)) continue;
    const sums = new Float64Array(POINTS);
    let total = 0;
    const add = (other: number): boolean => {
      const away = (times[other]! - times[frame]!) / SIGMA;
      if (!seen(other) || Math.abs(away) > 4) return false;
      const weight = Math.exp(-0.5 * away * away);
      total += weight;
      for (let i = 0; i < POINTS; i++) sums[i]! += weight * raw[other * POINTS + i]!;
      return true;
    };
    for (let other = frame; add(other); other--) {
      /* into the past */
    }
    for (let other = frame + 1; add(other); other++) {
      /* into the future */
    }
    for (let i = 0; i < POINTS; i++) out[frame * POINTS + i] = sums[i]! / total;
  }
  return out;
}
