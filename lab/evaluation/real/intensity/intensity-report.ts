import { SERIES_UNITS, type SeriesUnit } from '../../../../src/pipeline/mod.js';
import type { Moment } from '../naming/labelled-clips.js';

/** The strength of every unit at the peak of a labelled event; NaN where it could not be read. */
export interface MeasuredEvent {
  readonly moment: Moment;
  /** In the order of `SERIES_UNITS`. */
  readonly units: readonly number[];
}

/** How well a unit's strength tells events with it from those without. */
interface UnitReport {
  readonly shown: number;
  readonly without: number;
  /** Area under the ROC curve; null where one of the two groups is empty. */
  readonly auc: number | null;
  /** Events of at least {@link PRESENT} with and without the unit. */
  readonly presentWith: number;
  readonly presentWithout: number;
  /** Events in which it could not be read. */
  readonly unread: number;
}

export interface IntensityReport {
  readonly events: number;
  readonly people: number;
  readonly units: Readonly<Record<string, UnitReport>>;
}

/** Strength from which `AUxx_c` may say that a unit is present. */
const PRESENT = 1;

export function intensityReport(events: readonly MeasuredEvent[]): IntensityReport {
  return {
    events: events.length,
    people: new Set(events.map(({ moment }) => moment.person)).size,
    units: Object.fromEntries(SERIES_UNITS.map((unit, i) => [`AU${String(unit)}`, unitReport(events, unit, i)])),
  };
}

function unitReport(events: readonly MeasuredEvent[], unit: SeriesUnit, index: number): UnitReport {
  const read = events.flatMap(({ moment, units }) => {
    const strength = units[index] ?? Number.NaN;
    return Number.isFinite(strength) ? [{ shown: moment.aus.includes(unit), strength }] : [];
  });
  const shown = read.filter((one) => one.shown).map(({ strength }) => strength);
  const without = read.filter((one) => !one.shown).map(({ strength }) => strength);
  const present = (strengths: readonly number[]): number => strengths.filter((strength) => strength >= PRESENT).length;
  return {
    shown: shown.length,
    without: without.length,
    auc: auc(shown, without),
    presentWith: present(shown),
    presentWithout: present(without),
    unread: events.length - read.length,
  };
}

/** Share of pairs in which the event with the unit is the stronger one; ties count half. */
function auc(positives: readonly number[], negatives: readonly number[]): number | null {
  if (positives.length === 0 || negatives.length === 0) return null;
  const won = positives.flatMap((p) => negatives.map((n): number => (p > n ? 1 : p === n ? 0.5 : 0)));
  return won.reduce((sum, one) => sum + one, 0) / won.length;
}
