import type { Spotted, SpottedWindow } from '../evaluation/spotting/spotted.js';
import { STRAIN_STEP, type FlowFeature } from './flow-features.js';

/** How the strain of a whole video is thresholded. */
export interface StrainOptions {
  /** Threshold: mean + p · (max − mean) over the video. Default 0.55, the usual choice. */
  readonly p: number;
  /**
   * Seconds on each side of a peak, and least distance of two peaks: half a typical micro-expression. Default 0.25, the best of 0.15 to
   * 0.25 on ME-Inject's training part.
   */
  readonly half: number;
}

const STRAIN_DEFAULTS: StrainOptions = { p: 0.55, half: 0.25 };

/**
 * Spotting by optical strain over a whole video (Shreve et al. 2011; Liong et al. 2014; the threshold of SOFTNet and its successors):
 * the strain between frames half an expression apart, smoothed over an expression's length, peaks above mean + p · (max − mean), each
 * made an interval of typical length. Looks at the whole video at once, so it announces nothing. All intervals are micro-expressions.
 */
export function strainPeaks(face: string, features: readonly FlowFeature[], { p, half }: StrainOptions = STRAIN_DEFAULTS): Spotted {
  // Strain between two frames belongs to the moment between them.
  const trace = features.filter(({ strain }) => !Number.isNaN(strain)).map(({ t, strain }) => ({ t: t - STRAIN_STEP / 2, value: strain }));
  const smooth = trace.map(({ t }, i) => {
    let sum = 0,
      count = 0;
    for (let k = i; k >= 0 && t - trace[k]!.t <= half; k--) {
      sum += trace[k]!.value;
      count++;
    }
    for (let k = i + 1; k < trace.length && trace[k]!.t - t <= half; k++) {
      sum += trace[k]!.value;
      count++;
    }
    return { t, value: sum / count };
  });
  const mean = smooth.reduce((sum, { value }) => sum + value, 0) / smooth.length;
  const most = smooth.reduce((high, { value }) => Math.max(high, value), 0);
  const threshold = mean + p * (most - mean);
  const windows: SpottedWindow[] = [];
  // Higher peaks first: a lower one beside them is their shoulder.
  const peaks = smooth
    .filter(({ value }, i) => value > threshold && value >= (smooth[i - 1]?.value ?? 0) && value > (smooth[i + 1]?.value ?? 0))
    .sort((a, b) => b.value - a.value);
  for (const { t, value } of peaks) {
    if (windows.some(({ apex }) => Math.abs(apex - t) < 2 * half)) continue;
    windows.push({
      face,
      kind: 'micro',
      onset: Math.max(0, t - half),
      apex: t,
      offset: t + half,
      score: Math.max(0, (value - mean) / (most - mean)),
    });
  }
  return { windows: windows.sort((a, b) => a.onset - b.onset) };
}
