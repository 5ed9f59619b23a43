import type { MotionSample } from '../../../../src/spotting/mod.js';
import type { Spotted, SpottedWindow } from '../../spotting/spotted.js';
import { Pulse } from '../injections/pulse.js';

/** The movement that is looked for: the mean of what is injected, s. */
const RISE = 0.17;
const FALL = 0.22;
/** Before and after the movement, where its rest is taken from, s. */
const REST = 0.15;
/** Least z that becomes a window; whoever compares spotters raises it to the rate of alerts that is wanted. */
const LEAST = 3;
const APART = 0.5;

/**
 * A plain matched filter, to show what the signals hold without any learning: each region's motion against the mean pulse, over the median
 * response of
 * that region in the clip; the largest region counts. Not causal: it knows the whole clip.
 */
export function matchedFilter(face: string, samples: readonly MotionSample[]): Spotted {
  const regions = (samples[0]?.motion.length ?? 0) / 2;
  const responses = Array.from({ length: regions }, (_, r) => samples.map((_sample, i) => responseAt(samples, i, r)));
  const scales = responses.map((response) => median(response.filter((value) => value > 0)) || Infinity);
  const scores = samples.map((_, i) => Math.max(0, ...responses.map((response, r) => (response[i] ?? 0) / scales[r]!)));
  const windows: SpottedWindow[] = [];
  const order = scores
    .map((score, i) => ({ score, i }))
    .filter(({ score }) => score >= LEAST)
    .sort((a, b) => b.score - a.score);
  for (const { score, i } of order) {
    const { t } = samples[i]!;
    if (windows.some(({ apex }) => Math.abs(apex - t) < APART)) continue;
    windows.push({ face, kind: 'micro', onset: t - RISE, apex: t, offset: t + FALL, score });
  }
  return { windows: windows.sort((a, b) => a.onset - b.onset) };
}

/** Length of the least-squares amplitude of a pulse with its apex at sample `i`, of region `r`, px; 0 where the span is broken. */
function responseAt(samples: readonly MotionSample[], i: number, r: number): number {
  const centre = samples[i]!;
  const pulse = new Pulse(centre.t - RISE, centre.t, centre.t + FALL);
  let n = 0,
    s = 0,
    ss = 0,
    u = 0,
    v = 0,
    su = 0,
    sv = 0;
  for (let k = i; k >= 0 && samples[k]!.t >= pulse.start - REST; k--) if (!add(k)) return 0;
  for (let k = i + 1; k < samples.length && samples[k]!.t <= pulse.end + REST; k++) if (!add(k)) return 0;
  const spread = ss - (s * s) / n;
  return n < 5 || spread < 0.2 ? 0 : Math.hypot(su - (s * u) / n, sv - (s * v) / n) / spread;

  function add(k: number): boolean {
    const sample = samples[k]!;
    const x = sample.motion[2 * r]!,
      y = sample.motion[2 * r + 1]!;
    if (sample.epoch !== centre.epoch || !Number.isFinite(x) || !Number.isFinite(y)) return false;
    const share = pulse.at(sample.t);
    n++;
    s += share;
    ss += share * share;
    u += x;
    v += y;
    su += share * x;
    sv += share * y;
    return true;
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}
