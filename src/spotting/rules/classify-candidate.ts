import { MOTION_REGIONS } from '../contract.js';
import { LIDS, NEAR_EYES, type Activity } from './activity.js';
import type { Blinks } from './blinks.js';
import type { Head } from './head.js';
import type { History } from './history.js';
import type { SpotterOptions } from './options.js';
import type { Pattern } from './pattern.js';

/** Why a maximum of motion is no expression. `drift`: too slow for one; `return`: a held expression lets go. */
type Refusal = 'blink' | 'head' | 'step' | 'drift' | 'return';

export interface Verdict {
  /** Media seconds, low-pass delay taken off. */
  readonly onset: number;
  readonly apex: number;
  readonly reason: Refusal | undefined;
}

export interface Evidence {
  readonly onset: number;
  readonly apex: number;
  /** Sample of the apex. */
  readonly serial: number;
  /** Height of the trace there. */
  readonly height: number;
  readonly pattern: Pattern;
  readonly history: History;
  readonly activity: Activity;
  readonly blinks: Blinks;
  readonly head: Head;
  /** The expression that is being held since its window was closed without an offset. */
  readonly held: Pattern | undefined;
  readonly now: number;
}

/** Share of the peak that one frame may bring, where frames are no further apart than this many seconds. */
const STEP_SHARE = 0.75;
const STEP_WITHIN = 0.046;

/** Whether a maximum is an expression, a blink, the head, a step in the picture, or the end of an earlier expression. */
export function classifyCandidate(evidence: Evidence, options: SpotterOptions): Verdict {
  const { onset, apex } = evidence;
  return { onset, apex, reason: refusal(evidence, options) };
}

function refusal(evidence: Evidence, options: SpotterOptions): Refusal | undefined {
  const { onset, apex, pattern, activity, blinks, head, held, now } = evidence;
  if (apex - onset < options.riseMin || isStep(evidence)) return 'step';
  if (apex - onset > options.riseMax) return 'drift';
  if (head.tooFast(onset, now) || activity.alike > options.alikeMax) return 'head';
  if (blinks.within(onset, now) && !overridesBlink(pattern, options)) return 'blink';
  if (lidsFall(pattern)) return 'blink';
  if (held !== undefined && pattern.cosine(held) < -0.6 && pattern.length < 1.3 * held.length) return 'return';
  return undefined;
}

/** One frame brought most of the motion: light, a cut or a glitch. Muscles take at least 75 ms (5th percentile of CASME II). */
function isStep({ history, pattern, serial, height, onset }: Evidence): boolean {
  for (let s = serial; s > history.first && history.time(s) >= onset; s--) {
    if (history.time(s) - history.time(s - 1) > STEP_WITHIN) continue;
    if (pattern.jump(history, s) > STEP_SHARE * height) return true;
  }
  return false;
}

/** Regions that a blink does not move, or not as much, moved: an expression during a blink. */
export function overridesBlink(pattern: Pattern, options: SpotterOptions): boolean {
  return MOTION_REGIONS.some((_, r) => {
    const ratio = pattern.ratio[r]!;
    if (LIDS.has(r)) return false;
    return ratio >= options.blinkOverride * (NEAR_EYES.has(r) ? 2 : 1);
  });
}

/** Other regions that move this much less than the lids only go along with them. */
const ALONG = 0.5;

/** Lids move most by far, and downwards: a blink or a look down that the apertures missed. (AU5 and AU7 lift them.) */
function lidsFall(pattern: Pattern): boolean {
  const lid = Math.max(...[...LIDS].map((r) => pattern.ratio[r]!));
  return (
    lid >= 1 &&
    MOTION_REGIONS.every((_, r) => {
      const ratio = pattern.ratio[r]!;
      if (ratio < 1) return true;
      return LIDS.has(r) ? pattern.peak[2 * r + 1]! > 0.5 * Math.abs(pattern.peak[2 * r]!) : ratio < ALONG * lid;
    })
  );
}
