import type { History } from './history.js';

/** Height of the motion at a sample, as a fraction of its peak. */
export type Trace = (serial: number) => number;

/** Level at which a rise or fall is well under way; with the foot it gives the slope. */
const SHOULDER = 0.6;

/**
 * How far before the foot a raised-cosine rise begins, in units of the time from foot to shoulder.
 * A raised cosine stands at fraction f after acos(1 − 2f)/π of its rise.
 */
function lead(foot: number): number {
  const at = (f: number): number => Math.acos(1 - 2 * f) / Math.PI;
  return at(foot) / (at(SHOULDER) - at(foot));
}

/** Media time at which the trace passes `level` between two neighbouring samples. */
function between(history: History, trace: Trace, a: number, b: number, level: number): number {
  const pa = trace(a),
    pb = trace(b);
  const f = pb === pa ? 0.5 : Math.min(1, Math.max(0, (level - pa) / (pb - pa)));
  return history.time(a) + f * (history.time(b) - history.time(a));
}

/**
 * Onset: where the rise to the apex began, media seconds (low-pass delay not yet taken off).
 *
 * The foot is searched from `trigger` (the first sample above threshold), and the rise continued to zero as a raised cosine.
 */
export function onsetOf(history: History, trace: Trace, trigger: number, apex: number, foot: number): number {
  let below = Math.max(trigger, history.first);
  if (trace(below) > foot) while (below > history.first && trace(below) > foot) below--;
  else while (below + 1 < apex && trace(below + 1) <= foot) below++;
  const start = below < apex ? between(history, trace, below, below + 1, foot) : history.time(apex);
  let above = below + 1;
  while (above < apex && trace(above) < SHOULDER) above++;
  const shoulder = above <= apex ? between(history, trace, above - 1, above, SHOULDER) : history.time(apex);
  const before = Math.min(lead(foot) * Math.max(0, shoulder - start), 0.5 * Math.max(0, history.time(apex) - start));
  return Math.max(history.time(history.first), start - before);
}

/**
 * Offset: where the fall that passed the foot at `end` will have ended, media seconds (low-pass delay not yet taken off).
 * `end` is the first sample at or below the foot after the apex.
 */
export function offsetOf(history: History, trace: Trace, apex: number, end: number, foot: number): number {
  const stop = between(history, trace, Math.max(end - 1, history.first), end, foot);
  let above = end - 1;
  while (above > apex && trace(above) < SHOULDER) above--;
  const shoulder = between(history, trace, above, Math.min(above + 1, end), SHOULDER);
  const after = Math.min(lead(foot) * Math.max(0, stop - shoulder), 0.5 * Math.max(0, stop - history.time(apex)));
  return stop + after;
}

/** Apex: the trace's maximum near `serial`, between samples by a parabola, media seconds (delay not yet taken off). */
export function apexOf(history: History, trace: Trace, serial: number): number {
  if (serial <= history.first || serial >= history.last) return history.time(serial);
  const t = history.time(serial),
    h0 = t - history.time(serial - 1),
    h1 = history.time(serial + 1) - t;
  const y = trace(serial),
    d0 = (y - trace(serial - 1)) / h0,
    d1 = (trace(serial + 1) - y) / h1;
  const curvature = (d1 - d0) / (h0 + h1);
  if (!(curvature < 0)) return t;
  const slope = (d0 * h1 + d1 * h0) / (h0 + h1);
  return t + Math.min(h1 / 2, Math.max(-h0 / 2, -slope / (2 * curvature)));
}

/** A raised cosine is this far through its rise when it stands at 95 %. */
const NEARLY_UP = Math.acos(1 - 2 * 0.95) / Math.PI;

/**
 * How long the rise took, s, by the time at which it stood at 95 %: an apex somewhere on a plateau does not lengthen it.
 * `onset` as {@link onsetOf} gives it.
 */
export function riseOf(history: History, trace: Trace, onset: number, trigger: number, apex: number): number {
  let up = Math.max(trigger, history.first + 1);
  while (up < apex && trace(up) < 0.95) up++;
  const at = trace(up - 1) < 0.95 ? between(history, trace, up - 1, up, 0.95) : history.time(up);
  return Math.max(0, Math.min((at - onset) / NEARLY_UP, history.time(apex) - onset));
}
