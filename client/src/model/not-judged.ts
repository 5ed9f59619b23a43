import type { Unread } from '../../../src/events/schema.js';

/** Regions by the words that people have for them, and the side that the image shows them on. */
const GROUPS: readonly (readonly [word: string, pattern: RegExp])[] = [
  ['brow', /^brow_/],
  ['eyelid', /^eyelid_/],
  ['nose', /^nose_/],
  ['cheek', /^cheek_/],
  ['mouth', /^(?:mouth|lip)_/],
  ['chin', /^chin/],
];
const PAIRED = new Set(['brow', 'eyelid', 'cheek']);
/** Regions that the server watches; a whole face is all of them. */
const REGIONS = 15;
/** Less is not worth a word, s. */
const LEAST = 1;

const REASONS: Readonly<Record<string, string>> = {
  turned: 'head turned',
  too_small: 'face too small',
  too_dark: 'too dark',
  too_bright: 'overexposed',
  blurred: 'blurred',
  cut_off: 'face cut off',
  unstable: 'unsteady',
  few_frames: 'few frames',
  lost: 'covered or too fast',
};

interface Part {
  readonly what: string;
  readonly seconds: number;
  readonly why: string;
}

/** What could not be judged of a face, the longest first, e.g. `brows 12 s (head turned), mouth 3 s (covered or too fast)`; empty for nothing. */
export function notJudged({ regions }: Unread): string {
  const left = new Map(Object.entries(regions).map(([region, reasons]) => [region, new Map(Object.entries(reasons))]));
  const parts = [
    ...wholeFace(left),
    ...GROUPS.flatMap(([word, pattern]) =>
      groupPart(
        word,
        [...left].filter(([region]) => pattern.test(region)),
      ),
    ),
  ];
  return parts
    .sort((one, other) => other.seconds - one.seconds)
    .map(({ what, seconds, why }) => `${what} ${String(Math.round(seconds))} s (${why})`)
    .join(', ');
}

/** What stood against all regions alike; it is taken out of them. */
function wholeFace(left: ReadonlyMap<string, Map<string, number>>): Part[] {
  if (left.size < REGIONS) return [];
  return Object.entries(REASONS).flatMap(([reason, why]) => {
    const seconds = Math.min(...[...left.values()].map((reasons) => reasons.get(reason) ?? 0));
    if (seconds < LEAST) return [];
    for (const reasons of left.values()) reasons.set(reason, (reasons.get(reason) ?? 0) - seconds);
    return [{ what: 'whole face', seconds, why }];
  });
}

/** The worst of a group's regions, by its main reasons. */
function groupPart(word: string, members: readonly (readonly [region: string, reasons: ReadonlyMap<string, number>])[]): Part[] {
  const lost = members
    .map(([region, reasons]) => ({ region, reasons, seconds: [...reasons.values()].reduce((sum, one) => sum + one, 0) }))
    .filter(({ seconds }) => seconds >= LEAST);
  const worst = [...lost].sort((one, other) => other.seconds - one.seconds)[0];
  if (!worst) return [];
  const why = [...worst.reasons]
    .filter(([, seconds]) => seconds >= 0.25 * worst.seconds)
    .sort(([, one], [, other]) => other - one)
    .map(([reason]) => REASONS[reason] ?? reason.replaceAll('_', ' '));
  return [
    {
      what: nameOf(
        word,
        lost.map(({ region }) => region),
      ),
      seconds: worst.seconds,
      why: why.join(', '),
    },
  ];
}

/** Sides are the person's own: what the image shows on the left is their right. */
function nameOf(word: string, regions: readonly string[]): string {
  if (!PAIRED.has(word)) return word;
  if (regions.every((region) => region.endsWith('_left'))) return `right ${word}`;
  return regions.every((region) => region.endsWith('_right')) ? `left ${word}` : `${word}s`;
}
