import { basename, extname } from 'node:path';
import { frameNumber } from './folders.js';

/** How the pictures of a clip follow one another in time. */
export interface Numbering {
  /** Frame of the recording that each picture is, from 0 and rising: a hole is a picture that is missing. */
  readonly frames: readonly number[];
  /** Frame of the picture that carries this number; undefined where none does. */
  readonly frameOf: (number: number) => number | undefined;
  /** What a reader of the results must know; without the clip's name, which goes where `CLIP` stands. */
  readonly notes: readonly string[];
}

/** Fewer differences than this show no step. */
const SHOWS_STEP = 3;

/**
 * Reads the numbers that the pictures' names end in. They need not begin at 1, and may go up in steps (10, 20, 30): then one step is one
 * frame. Pictures whose names have no numbers, or the same number twice, are taken as one frame after the other.
 *
 * @param paths in order
 */
export function numberingOf(paths: readonly string[]): Numbering {
  const numbers = paths.map(frameNumber);
  const [first = 0] = numbers;
  const rising = numbers.every((number, i) => number !== undefined && (i === 0 || number > (numbers[i - 1] ?? NaN)));
  if (!rising) {
    const places = new Map(numbers.map((number, i) => [number, i]));
    return {
      frames: paths.map((_, i) => i),
      frameOf: (number) => places.get(number),
      notes: ['the pictures of CLIP are not numbered in order: taken as one frame after the other'],
    };
  }
  const step = stepOf(numbers as number[]);
  const frames = (numbers as number[]).map((number) => (number - first) / step);
  const places = new Map(numbers.map((number, i) => [number, frames[i]]));
  const missing = (frames.at(-1) ?? 0) + 1 - frames.length;
  const before = paths[frames.findIndex((frame, i) => (frames[i + 1] ?? 0) > frame + 1)] ?? '';
  return {
    frames,
    frameOf: (number) => places.get(number),
    notes: [
      ...(missing > 0
        ? [
            `${String(missing)} picture${missing === 1 ? '' : 's'} missing in CLIP, first after ${basename(before, extname(before))}: the gaps are kept in its times`,
          ]
        : []),
      ...(step > 1 ? [`the pictures of CLIP are numbered in steps of ${String(step)}: taken as one frame each`] : []),
    ],
  };
}

/** The step that most pictures are apart and all are multiples of; 1 where there is none. */
function stepOf(numbers: readonly number[]): number {
  const differences = numbers.slice(1).map((number, i) => number - (numbers[i] ?? 0));
  const least = Math.min(...differences);
  const regular =
    differences.length >= SHOWS_STEP &&
    differences.every((difference) => difference % least === 0) &&
    2 * differences.filter((difference) => difference === least).length > differences.length;
  return regular ? least : 1;
}
