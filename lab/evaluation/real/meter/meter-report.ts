import { quantileOfSorted } from '../../../../src/common/quantile.js';
import { MOTION_REGIONS } from '../../../../src/spotting/mod.js';
import type { RegionReading } from './read-injection.js';

/** Percentiles of a distribution. */
interface Percentiles {
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
}

/** How well regions are read. Errors are lengths of the difference to the truth, px of the crop. */
export interface MeterMetrics {
  /** Region readings in all, those that can't be read included. */
  readonly readings: number;
  /** Share that was declared unreadable or is missing. */
  readonly unreadable: number;
  /** Share of all readings that are off by more than was injected: wrong and not declared so. */
  readonly wrong: number;
  /** The same share of those that were read. */
  readonly wrongOfRead: number;
  /** Share of all readings that are off by more than was injected, whatever they say of themselves. */
  readonly wrongUndeclared: number;
  readonly error: Percentiles | null;
  /** What was read over what was injected, by least squares over regions that moved by a third of the peak or more. */
  readonly gain: number | null;
  /** |error| / sigma of each component: 1.96 at the 95th percentile where sigma tells the truth and errors are normal. */
  readonly normalised: Percentiles | null;
  /** Median of the stated standard deviation of the difference, px. */
  readonly sigma: number | null;
}

export interface MeterReport {
  readonly injections: number;
  readonly all: MeterMetrics;
  /** Regions that move by themselves less than 1 px, or less than the injected peak, within 0.35 s; and the others. */
  readonly quiet: MeterMetrics;
  readonly busy: MeterMetrics;
  readonly regions: Readonly<Record<string, MeterMetrics>>;
}

/** Whether a region moves by itself little enough not to hide an expression. */
export function isQuiet({ own, drawnPeak }: Pick<RegionReading, 'own' | 'drawnPeak'>): boolean {
  return own < Math.max(1, drawnPeak);
}

export function meterReport(injections: readonly (readonly RegionReading[])[]): MeterReport {
  const all = injections.flat();
  return {
    injections: injections.length,
    all: meterMetrics(all),
    quiet: meterMetrics(all.filter(isQuiet)),
    busy: meterMetrics(all.filter((reading) => !isQuiet(reading))),
    regions: Object.fromEntries(MOTION_REGIONS.map((region) => [region, meterMetrics(all.filter((reading) => reading.region === region))])),
  };
}

export function meterMetrics(readings: readonly RegionReading[]): MeterMetrics {
  const errors: number[] = [],
    normalised: number[] = [],
    sigmas: number[] = [];
  let wrong = 0,
    wrongUndeclared = 0,
    along = 0,
    square = 0;
  for (const { read, sigma, readable, truth, peak } of readings) {
    if (!read || !sigma) continue;
    if (Math.hypot(read[0] - truth[0], read[1] - truth[1]) > peak) wrongUndeclared++;
    if (!readable) continue;
    const u = read[0] - truth[0],
      v = read[1] - truth[1],
      size = Math.hypot(...truth);
    errors.push(Math.hypot(u, v));
    normalised.push(Math.abs(u) / sigma[0], Math.abs(v) / sigma[1]);
    sigmas.push(Math.hypot(...sigma) / Math.SQRT2);
    if (Math.hypot(u, v) > peak) wrong++;
    else if (size >= peak / 3) {
      along += read[0] * truth[0] + read[1] * truth[1];
      square += size * size;
    }
  }
  const share = (count: number, of: number): number => (of === 0 ? 0 : count / of);
  return {
    readings: readings.length,
    unreadable: share(readings.length - errors.length, readings.length),
    wrong: share(wrong, readings.length),
    wrongOfRead: share(wrong, errors.length),
    wrongUndeclared: share(wrongUndeclared, readings.length),
    error: percentiles(errors),
    gain: square > 0 ? along / square : null,
    normalised: percentiles(normalised),
    sigma: percentiles(sigmas)?.p50 ?? null,
  };
}

function percentiles(values: readonly number[]): Percentiles | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => quantileOfSorted(sorted, share);
  return { p50: at(0.5), p90: at(0.9), p95: at(0.95), p99: at(0.99) };
}
