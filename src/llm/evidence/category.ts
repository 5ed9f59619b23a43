import type { Emotion, EmotionLabel } from '../../events/schema.js';

/**
 * How often published codings of micro-expressions give each class to a unit: negative, positive, surprise (278 clips, MEGC 2025 labels).
 */
const CODED: Readonly<Record<number, readonly [negative: number, positive: number, surprise: number]>> = {
  1: [3, 1, 23],
  2: [1, 1, 25],
  4: [77, 1, 0],
  5: [2, 0, 11],
  6: [7, 5, 0],
  7: [73, 3, 1],
  9: [14, 0, 0],
  10: [22, 1, 0],
  12: [7, 54, 1],
  14: [13, 4, 2],
  15: [16, 4, 0],
  17: [28, 1, 0],
  20: [7, 0, 0],
};
/** Clips of each class among them: what is believed of a face before its units are known, evened out, since real life has other shares. */
const CLIPS = [180, 58, 40] as const;
/** A class less likely than this is left open. */
const DECIDED = 0.8;
const LABELS = ['negative', 'positive', 'surprise'] as const;

/**
 * The class that the units carry, by how often each is coded with it; `other` where they contradict each other or decide none: AU14 or
 * AU6 alone, the jaw's and the lips' opening.
 */
export function categoryOf(units: readonly number[]): Emotion {
  const carrying = units.filter((unit) => CODED[unit]);
  // Raised brows are one movement, not two witnesses; a cheek that a smile raises says nothing beside it.
  const witnesses = carrying.filter((unit) => !(unit === 2 && carrying.includes(1)) && !(unit === 6 && carrying.includes(12)));
  if (witnesses.length === 0) return open();
  const logs = LABELS.map((_, label) =>
    witnesses.reduce((sum, unit) => sum + Math.log(((CODED[unit]?.[label] ?? 0) + 0.5) / ((CLIPS[label] ?? 1) + 1)), 0),
  );
  const most = Math.max(...logs);
  const shares = logs.map((value) => Math.exp(value - most));
  const total = shares.reduce((a, b) => a + b, 0);
  const [negative = 0, positive = 0, surprise = 0] = shares.map((share) => share / total);
  const best = LABELS[[negative, positive, surprise].indexOf(Math.max(negative, positive, surprise))] ?? 'negative';
  const p = Math.max(negative, positive, surprise);
  // What is left of certainty goes to "other": units that no clip shows together say little of either.
  const sure = agree(witnesses) ? p : Math.min(p, 0.5);
  const label: EmotionLabel = sure >= DECIDED ? best : 'other';
  const rest = label === 'other' ? Math.max(1 - sure, 0.5) : 0.03;
  const keep = 1 - rest;
  return {
    label,
    probabilities: {
      negative: rounded(negative * keep),
      positive: rounded(positive * keep),
      surprise: rounded(surprise * keep),
      other: rounded(rest),
    },
  };
}

/** Whether the units speak for one class: none of them is coded mostly with another one than the rest. */
function agree(units: readonly number[]): boolean {
  const own = units.flatMap((unit) => {
    const counts = CODED[unit] ?? [0, 0, 0];
    const shares = counts.map((count, i) => (count + 0.5) / ((CLIPS[i] ?? 1) + 1));
    const total = shares.reduce((a, b) => a + b, 0);
    const most = Math.max(...shares);
    return most / total >= 0.7 ? [shares.indexOf(most)] : [];
  });
  return new Set(own).size <= 1;
}

function open(): Emotion {
  return { label: 'other', probabilities: { negative: 0.15, positive: 0.1, surprise: 0.05, other: 0.7 } };
}

function rounded(p: number): number {
  return Math.round(p * 1e4) / 1e4;
}
