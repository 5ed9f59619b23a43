import type { CodedWindow } from '../coding/mod.js';
import { cohensKappa } from './kappa.js';

/** Overlap from which two windows are the same, intersection over union: the rule of the spotting challenges (MEGC). */
const LEAST_IOU = 0.5;
/** Seconds of a unit of time, in which each coder saw one kind or nothing. */
const UNIT_S = 0.04;
const NOTHING = '';

/** How far two coders agree. NaN where there was nothing to agree on. */
export interface Agreement {
  /** Windows of each, and those that both have. */
  readonly windows: { readonly first: number; readonly second: number; readonly both: number };
  /** F1 of one against the other: the same either way round. */
  readonly f1: number;
  /** Cohen's kappa of the kind seen at every moment, nothing included. */
  readonly kappaOfTime: number;
  /** Of the kinds of the windows that both have. */
  readonly kappaOfKinds: number;
  /** Of the action units in the windows that both have, present or absent, all units together. */
  readonly kappaOfUnits: number;
  /** Per unit, with the windows in which both, the first only or the second only have it. */
  readonly units: Readonly<
    Record<string, { readonly both: number; readonly first: number; readonly second: number; readonly kappa: number }>
  >;
}

/** @param duration seconds that were coded of each recording; default: up to the last window */
export function compareCoders(first: readonly CodedWindow[], second: readonly CodedWindow[], duration?: number): Agreement {
  const files = [...new Set([...first, ...second].map(({ file }) => file))];
  const of = (windows: readonly CodedWindow[], file: string): CodedWindow[] => windows.filter((window) => window.file === file);
  const pairs = files.flatMap((file) => matchWindows(of(first, file), of(second, file)));
  const moments = files.flatMap((file) => momentsOf(of(first, file), of(second, file), duration));
  const counts = { first: first.length, second: second.length, both: pairs.length };
  const names = [...new Set(pairs.flatMap(([a, b]) => [...a.aus, ...b.aus]))].sort(
    (a, b) => Number(a.replace(/\D/g, '')) - Number(b.replace(/\D/g, '')),
  );
  const unitPairs = (name: string) => pairs.map(([a, b]): [string, string] => [String(a.aus.includes(name)), String(b.aus.includes(name))]);
  return {
    windows: counts,
    f1: (2 * counts.both) / (counts.first + counts.second),
    kappaOfTime: kappaOf(moments),
    kappaOfKinds: kappaOf(pairs.map(([a, b]) => [a.kind, b.kind])),
    kappaOfUnits: kappaOf(names.flatMap(unitPairs)),
    units: Object.fromEntries(
      names.map((name) => {
        const coded = unitPairs(name);
        const count = (a: boolean, b: boolean): number => coded.filter(([x, y]) => x === String(a) && y === String(b)).length;
        return [name, { both: count(true, true), first: count(true, false), second: count(false, true), kappa: kappaOf(coded) }];
      }),
    ),
  };
}

/** Windows of two coders that are the same, each used once, the best overlaps first. */
export function matchWindows(first: readonly CodedWindow[], second: readonly CodedWindow[]): [CodedWindow, CodedWindow][] {
  const candidates = first
    .flatMap((a) => second.map((b) => ({ a, b, overlap: iou(a, b) })))
    .filter(({ overlap }) => overlap >= LEAST_IOU)
    .sort((x, y) => y.overlap - x.overlap);
  const used = new Set<CodedWindow>();
  return candidates.flatMap(({ a, b }): [CodedWindow, CodedWindow][] => {
    if (used.has(a) || used.has(b)) return [];
    used.add(a).add(b);
    return [[a, b]];
  });
}

function iou(a: CodedWindow, b: CodedWindow): number {
  const common = Math.min(a.offset, b.offset) - Math.max(a.onset, b.onset);
  const whole = Math.max(a.offset, b.offset) - Math.min(a.onset, b.onset);
  return common > 0 ? common / whole : 0;
}

function momentsOf(first: readonly CodedWindow[], second: readonly CodedWindow[], duration: number | undefined): [string, string][] {
  const end = duration ?? [...first, ...second].reduce((last, { offset }) => Math.max(last, offset), 0);
  const units = Math.round(end / UNIT_S);
  const seen = (windows: readonly CodedWindow[]): string[] => {
    const kinds = Array<string>(units).fill(NOTHING);
    for (const { onset, offset, kind } of windows) kinds.fill(kind, Math.round(onset / UNIT_S), Math.round(offset / UNIT_S));
    return kinds;
  };
  const other = seen(second);
  return seen(first).map((kind, i) => [kind, other[i] ?? NOTHING]);
}

function kappaOf(pairs: readonly (readonly [string, string])[]): number {
  const categories = [...new Set(pairs.flat())];
  const at = new Map(categories.map((category, i) => [category, i]));
  const table = categories.map(() => categories.map(() => 0));
  for (const [a, b] of pairs) {
    const row = table[at.get(a) ?? 0];
    const column = at.get(b) ?? 0;
    if (row) row[column] = (row[column] ?? 0) + 1;
  }
  return cohensKappa(table);
}
