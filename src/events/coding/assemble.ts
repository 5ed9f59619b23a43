import type { CodedWindow } from './coded-window.js';
import type { Label } from './label.js';

/** A stretch of time with what its coder wrote at it. */
export interface Stretch extends Pick<CodedWindow, 'coder' | 'file' | 'onset' | 'offset' | 'score'> {
  readonly label: Label;
}

/** What a window is called whose coder names no kind. */
export const NO_KIND = 'expression';

/**
 * Windows from stretches. Where a coder marks the apex, action units or the category as stretches of their own, these belong to the window
 * of
 * the same coder and recording that holds their middle; units and categories without such a window are windows themselves.
 */
export function assemble(stretches: readonly Stretch[]): CodedWindow[] {
  const windows = stretches.filter(({ label }) => label.kind !== undefined);
  const parts = new Map<Stretch, Stretch[]>(windows.map((window) => [window, []]));
  const alone: Stretch[] = [];
  for (const part of stretches) {
    if (part.label.kind !== undefined) continue;
    const holder = windows.filter((window) => holds(window, part)).sort((a, b) => lengthOf(a) - lengthOf(b))[0];
    if (holder) parts.get(holder)?.push(part);
    else if (!part.label.apex) alone.push(part);
  }
  return [...parts, ...alone.map((part): [Stretch, Stretch[]] => [part, []])].map(toWindow).sort((a, b) => a.onset - b.onset);
}

function toWindow([window, parts]: readonly [Stretch, readonly Stretch[]]): CodedWindow {
  const labels = [window, ...parts].map(({ label }) => label);
  const apex = parts.find(({ label }) => label.apex);
  return {
    coder: window.coder,
    file: window.file,
    onset: window.onset,
    ...(apex ? { apex: apex.onset } : {}),
    offset: window.offset,
    kind: window.label.kind ?? NO_KIND,
    aus: [...new Set(labels.flatMap(({ aus }) => aus))],
    category: labels.find(({ category }) => category !== undefined)?.category,
    score: window.score,
  };
}

function holds(window: Stretch, part: Stretch): boolean {
  const middle = (part.onset + part.offset) / 2;
  return window.coder === part.coder && window.file === part.file && middle >= window.onset && middle <= window.offset;
}

function lengthOf({ onset, offset }: Stretch): number {
  return offset - onset;
}
