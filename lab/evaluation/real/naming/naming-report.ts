import { unitMetrics, type UnitMetrics } from '../../descriptions/measures.js';
import type { Moment } from './labelled-clips.js';

/** Units that the macro F1 is taken over, those of them that are shown; jaw and lips apart are listed only. */
const JUDGED = [1, 2, 4, 5, 6, 7, 9, 10, 12, 14, 15, 17, 24] as const;
const LISTED = [...JUDGED, 16, 18, 20, 25, 26, 27, 43, 45] as const;
/** Lids that close are a blink, which may be named. */
const BLINK = [43, 45] as const;

/** What was named of a moment. */
export interface Named {
  readonly moment: Moment;
  readonly aus: readonly number[];
  /** The category, where one was inferred. */
  readonly label?: string;
  /** Why nothing was measured. */
  readonly fault?: string;
}

export interface NamingReport {
  readonly events: number;
  /** Mean F1 of the judged units that are shown in events; null moments count too where something is named in them. */
  readonly auMacroF1: number | null;
  readonly aus: Readonly<Record<string, UnitMetrics>>;
  /** The same during speech. */
  readonly speech: { readonly events: number; readonly auMacroF1: number | null };
  /** Of clear expressions: the right category, another one, none of the three; `prior`: right if the most frequent were said every time. */
  readonly category: { readonly right: number; readonly wrong: number; readonly silent: number; readonly prior: number };
  /** Neutral faces that move or blink, and any .2 s of them: in how many a unit or a category is named. */
  readonly nulls: { readonly events: number; readonly eventsNamed: number; readonly windows: number; readonly windowsNamed: number };
  readonly faults: number;
}

export function namingReport(named: readonly Named[]): NamingReport {
  const of = (...kinds: readonly Moment['kind'][]): Named[] => named.filter(({ moment }) => kinds.includes(moment.kind));
  const judged = of('event', 'null');
  const clear = of('event').filter(({ moment }) => moment.category !== undefined);
  const right = clear.filter(({ moment, label }) => label === moment.category).length;
  const silent = clear.filter(({ label }) => label === undefined || label === 'other').length;
  return {
    events: of('event').length,
    auMacroF1: macroF1(judged),
    aus: Object.fromEntries(
      LISTED.map((au): [string, UnitMetrics] => [`AU${String(au)}`, metricsOf(judged, au)]).filter(
        ([, { shown, precision, f1 }]) => shown > 0 || precision > 0 || f1 > 0,
      ),
    ),
    speech: { events: of('speech').length, auMacroF1: macroF1(of('speech')) },
    category: { right, wrong: clear.length - right - silent, silent, prior: priorOf(clear) },
    nulls: {
      events: of('null').length,
      eventsNamed: of('null').filter(isNamed).length,
      windows: of('window').length,
      windowsNamed: of('window').filter(isNamed).length,
    },
    faults: named.filter(({ fault }) => fault !== undefined).length,
  };
}

/** How many of clear expressions are of the most frequent category. */
function priorOf(clear: readonly Named[]): number {
  const categories = clear.map(({ moment }) => moment.category);
  return Math.max(0, ...categories.map((category) => categories.filter((other) => other === category).length));
}

/** Whether anything but a blink was named. */
function isNamed({ aus, label }: Named): boolean {
  return (label !== undefined && label !== 'other') || aus.some((au) => !BLINK.some((lid) => lid === au));
}

function macroF1(named: readonly Named[]): number | null {
  const shown = JUDGED.map((au) => metricsOf(named, au)).filter((metrics) => metrics.shown > 0);
  return shown.length === 0 ? null : shown.reduce((sum, { f1 }) => sum + f1, 0) / shown.length;
}

function metricsOf(named: readonly Named[], au: number): UnitMetrics {
  return unitMetrics(
    named.map(({ moment }) => moment.aus.includes(au)),
    named.map(({ aus }) => aus.includes(au)),
  );
}
