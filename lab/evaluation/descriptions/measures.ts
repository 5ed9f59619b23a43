/** Hits and misses of one action unit. */
export interface UnitMetrics {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** Pairs that show it. */
  readonly shown: number;
}

/** Precision, recall and F1 of what was named against what was shown, pair by pair. */
export function unitMetrics(shown: readonly boolean[], named: readonly boolean[]): UnitMetrics {
  const hits = shown.filter((is, i) => is && named[i]).length;
  const all = shown.filter(Boolean).length;
  const said = named.filter(Boolean).length;
  return {
    precision: said === 0 ? 0 : hits / said,
    recall: all === 0 ? 0 : hits / all,
    f1: all + said === 0 ? 0 : (2 * hits) / (all + said),
    shown: all,
  };
}

/**
 * UF1 and UAR as the MEGC defines them (See et al. 2019): the mean over classes of each class's own F1, and recall, counted over all
 * samples, whatever their number.
 *
 * @param truth index of the true class, below `classes`.
 * @param said index of the class named; at or above `classes`: none of them.
 */
export function uf1Uar(truth: readonly number[], said: readonly number[], classes: number): { readonly uf1: number; readonly uar: number } {
  let f1 = 0;
  let recall = 0;
  for (let c = 0; c < classes; c++) {
    const metrics = unitMetrics(
      truth.map((t) => t === c),
      said.map((s) => s === c),
    );
    f1 += metrics.f1 / classes;
    recall += metrics.recall / classes;
  }
  return { uf1: f1, uar: recall };
}

/** Counts of (true class, class named). */
export function confusion(truth: readonly number[], said: readonly number[], rows: number, columns: number): number[][] {
  const counts = Array.from({ length: rows }, () => new Array<number>(columns).fill(0));
  truth.forEach((t, i) => {
    const row = counts[t];
    const s = said[i];
    if (row && s !== undefined && s < columns) row[s] = (row[s] ?? 0) + 1;
  });
  return counts;
}

/** Expected calibration error (Guo et al. 2017) in 15 bins of equal width. */
export function calibrationError(probabilities: readonly number[], happened: readonly boolean[], bins = 15): number {
  const sums = Array.from({ length: bins }, () => ({ count: 0, probability: 0, happened: 0 }));
  probabilities.forEach((p, i) => {
    const bin = sums[Math.min(bins - 1, Math.floor(p * bins))];
    if (!bin) return;
    bin.count++;
    bin.probability += p;
    if (happened[i]) bin.happened++;
  });
  return sums.reduce((error, bin) => error + (bin.count === 0 ? 0 : Math.abs(bin.probability - bin.happened) / probabilities.length), 0);
}
