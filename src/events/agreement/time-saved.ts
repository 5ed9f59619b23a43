import type { CodedWindow } from '../coding/mod.js';

/** What a coder saves who looks only at what a program shows, and what that costs. */
export interface TimeSaved {
  /** Share of the coder's windows that are shown whole. */
  readonly recall: number;
  /** Least score that is shown. */
  readonly threshold: number;
  /** Windows of the program at that threshold. */
  readonly shown: number;
  /** Seconds to look at, overlaps counted once. */
  readonly seconds: number;
  /** Share of the recordings that need not be looked at. */
  readonly saved: number;
}

export interface TimeSavedOptions {
  readonly recall: number;
  /** Seconds coded of each recording. */
  readonly duration: number;
  /** Seconds shown before and after each window. */
  readonly context: number;
}

interface Stretch {
  readonly from: number;
  readonly to: number;
}

/**
 * Time saved at the highest threshold that reaches a recall: the coder watches the program's windows of at least that score, with some
 * context, instead of the whole. Undefined where no threshold reaches it.
 */
export function timeSaved(
  coder: readonly CodedWindow[],
  program: readonly CodedWindow[],
  options: TimeSavedOptions,
): TimeSaved | undefined {
  const thresholds = [...new Set(program.flatMap(({ score }) => (score === undefined ? [] : [score])))].sort((a, b) => b - a);
  for (const threshold of thresholds) {
    const windows = program.filter(({ score }) => score !== undefined && score >= threshold);
    const at = atThreshold(coder, windows, options);
    if (at.recall >= options.recall) return { ...at, threshold, shown: windows.length };
  }
  return undefined;
}

function atThreshold(coder: readonly CodedWindow[], windows: readonly CodedWindow[], { context, duration }: TimeSavedOptions) {
  const files = [...new Set([...coder, ...windows].map(({ file }) => file))];
  const shown = new Map(
    files.map((file) => [file, merge(windows.filter((window) => window.file === file).map(around(context, duration)))]),
  );
  const found = coder.filter(({ file, onset, offset }) => shown.get(file)?.some(({ from, to }) => from <= onset && offset <= to));
  const seconds = [...shown.values()].flat().reduce((sum, { from, to }) => sum + to - from, 0);
  return { recall: found.length / coder.length, seconds, saved: 1 - seconds / (duration * files.length) };
}

function around(context: number, duration: number): (window: CodedWindow) => Stretch {
  return ({ onset, offset }) => ({ from: Math.max(0, onset - context), to: Math.min(duration, offset + context) });
}

/** Stretches in order, those that touch joined. */
function merge(stretches: readonly Stretch[]): Stretch[] {
  const merged: Stretch[] = [];
  for (const next of [...stretches].sort((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (last && next.from <= last.to) merged[merged.length - 1] = { from: last.from, to: Math.max(last.to, next.to) };
    else merged.push(next);
  }
  return merged;
}
