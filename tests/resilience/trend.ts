/** One reading: minutes since the start, and the value. */
export interface Reading {
  readonly minutes: number;
  readonly value: number;
}

/**
 * Growth in percent from the first reading to the last by the line through all of them (Theil–Sen: the median of the slopes of all
 * pairs, Sen 1968), so that neither a garbage collection before the first nor a burst at the last decides.
 */
export function growth(readings: readonly Reading[]): number {
  const slopes: number[] = [];
  for (const [i, a] of readings.entries()) {
    for (const b of readings.slice(i + 1)) if (b.minutes > a.minutes) slopes.push((b.value - a.value) / (b.minutes - a.minutes));
  }
  const first = readings[0];
  const last = readings.at(-1);
  if (!first || !last || slopes.length === 0) return 0;
  const slope = median(slopes);
  const start = median(readings.map(({ minutes, value }) => value - slope * (minutes - first.minutes)));
  return start === 0 ? 0 : (100 * slope * (last.minutes - first.minutes)) / start;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] ?? NaN) : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}
