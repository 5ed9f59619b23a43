import type { Agreement, TimeSaved } from '../../events/agreement/mod.js';

/** Two coders, and what one saves where the other is a program with scores. */
export interface Pair {
  readonly first: string;
  readonly second: string;
  readonly agreement: Agreement;
  /** By the recall that was asked for; null where it is not reached. */
  readonly saved?: { readonly asked: number; readonly reached: TimeSaved | null };
}

/** A pair of coders in words. */
export function report(pair: Pair): string {
  const { windows, f1, kappaOfTime, kappaOfKinds, kappaOfUnits, units } = pair.agreement;
  const lines = [
    `${pair.first} and ${pair.second}`,
    `  windows        ${String(windows.first)} and ${String(windows.second)}, ${String(windows.both)} in both (IoU >= 0.5); F1 ${said(f1)}`,
    `  kappa          ${said(kappaOfTime)} over time, ${said(kappaOfKinds)} kinds of common windows, ${said(kappaOfUnits)} action units`,
    ...Object.entries(units).map(
      ([name, { both, first: one, second: other, kappa }]) =>
        `  AU ${name.padEnd(12)}both ${String(both)}, first only ${String(one)}, second only ${String(other)}; kappa ${said(kappa)}`,
    ),
    ...savedLines(pair),
  ];
  return `${lines.join('\n')}\n`;
}

function savedLines({ saved }: Pair): string[] {
  if (!saved) return [];
  const { asked, reached } = saved;
  const text = reached
    ? `${percent(reached.saved)} at recall ${said(reached.recall)}: ${String(reached.shown)} windows of score >= ` +
      `${reached.threshold.toFixed(3)}, ${reached.seconds.toFixed(0)} s to look at`
    : `recall ${said(asked)} is not reached at any threshold`;
  return [`  time saved     ${text}`];
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}

/** There may be nothing to agree on. */
function said(value: number): string {
  return Number.isFinite(value) ? value.toFixed(2) : '-';
}
