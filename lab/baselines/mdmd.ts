import type { Spotted, SpottedWindow } from '../evaluation/spotting/spotted.js';
import { MDMD_STEP, type FlowFeature } from './flow-features.js';

/** How the main directional maximal difference method decides. Times in seconds. */
export interface MdmdOptions {
  /** Threshold: mean + p · (max − mean) of the relative difference. Default 0.01, the best of 0.01 to 0.3 on ME-Inject's training part. */
  readonly p: number;
  /** How far back mean and max are taken. Default 30. */
  readonly memory: number;
  /**
   * Shorter runs are noise. Default 0.15, the best on ME-Inject's training part (published: 7 frames at 30 fps, which finds fewer there).
   */
  readonly microMin: number;
  /** Runs up to this are micro-expressions. Default 0.535, the published 16 frames at 30 fps. */
  readonly microMax: number;
  /** Longer ones up to this are macro-expressions. Default 4. */
  readonly macroMax: number;
}

const MDMD_DEFAULTS: MdmdOptions = { p: 0.01, memory: 30, microMin: 0.15, microMax: 0.535, macroMax: 4 };
/** Before so many seconds of differences, mean and max mean nothing. */
const WARM_UP = 1;

/**
 * Causal form of MDMD (see `directionalDifference`). Published, the frame is compared with frames before and after, the difference with
 * its neighbours on both sides, and the threshold is made from the whole video. Here the newest frame is the tail frame, so that a
 * verdict on a frame comes one step (0.4 s) later; the relative difference is taken against the past neighbour only; and mean and
 * maximum are those of the last 30 s. A run above the threshold is an expression from its first to its last frame; its apex is the
 * frame of the largest difference; it is announced when the run ends, since its length decides its kind.
 */
export function mdmd(face: string, features: readonly FlowFeature[], options: MdmdOptions = MDMD_DEFAULTS): Spotted {
  const { p, memory, microMin, microMax, macroMax } = options;
  const past: { t: number; value: number }[] = [];
  const windows: SpottedWindow[] = [];
  let run: { onset: number; apex: number; last: number; peak: number; threshold: number } | undefined;
  let neighbour = 0;
  features.forEach(({ t, difference }, i) => {
    if (Number.isNaN(difference)) return;
    const at = t - MDMD_STEP;
    while (neighbour < i && features[neighbour]!.t < t - MDMD_STEP) neighbour++;
    const before = features[neighbour]?.difference ?? NaN;
    const value = Math.max(0, difference - (Number.isNaN(before) || neighbour === i ? 0 : before));
    past.push({ t, value });
    while ((past[0]?.t ?? t) < t - memory) past.shift();
    if (t - (past[0]?.t ?? t) < WARM_UP) return;
    let sum = 0,
      most = 0;
    for (const one of past) {
      sum += one.value;
      if (one.value > most) most = one.value;
    }
    const mean = sum / past.length;
    const threshold = mean + p * (most - mean);
    if (value > threshold) {
      run ??= { onset: at, apex: at, last: at, peak: 0, threshold };
      run.last = at;
      if (value > run.peak) Object.assign(run, { peak: value, apex: at, threshold });
    } else if (run) {
      const length = run.last - run.onset;
      if (length >= microMin && length <= macroMax) {
        const kind = length <= microMax ? 'micro' : 'macro';
        windows.push({
          face,
          kind,
          onset: run.onset,
          apex: run.apex,
          offset: run.last,
          score: 1 - run.threshold / (run.threshold + run.peak),
          openedAt: t,
          openedAs: kind,
        });
      }
      run = undefined;
    }
  });
  return { windows, announced: windows.filter(({ kind }) => kind === 'micro').length, withdrawn: 0 };
}
