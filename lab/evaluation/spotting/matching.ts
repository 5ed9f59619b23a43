/** From onset to offset, seconds. */
export interface Span {
  readonly onset: number;
  readonly offset: number;
}

/** Intersection over union of two intervals; 0 where they don't meet. */
export function iou(a: Span, b: Span): number {
  const common = Math.min(a.offset, b.offset) - Math.max(a.onset, b.onset);
  return common > 0 ? common / (Math.max(a.offset, b.offset) - Math.min(a.onset, b.onset)) : 0;
}

/**
 * Pairs windows with truths one to one, the best overlap first. MEGC: a window with an IoU of at least 0.5 with a ground truth that no
 * other window has taken is a true positive.
 *
 * @returns for each window the index of its truth, or undefined
 */
export function matchOneToOne(windows: readonly Span[], truths: readonly Span[], least: number): (number | undefined)[] {
  // A span of 0.3 s read from 32-bit floats must not miss the limit by a rounding.
  const limit = least - 1e-6;
  const pairs = windows
    .flatMap((window, w) => truths.map((truth, t) => ({ w, t, overlap: iou(window, truth) })))
    .filter(({ overlap }) => overlap >= limit && overlap > 0)
    .sort((a, b) => b.overlap - a.overlap || a.w - b.w || a.t - b.t);
  const matched: (number | undefined)[] = windows.map(() => undefined);
  const taken = new Set<number>();
  for (const { w, t } of pairs) {
    if (matched[w] !== undefined || taken.has(t)) continue;
    matched[w] = t;
    taken.add(t);
  }
  return matched;
}
