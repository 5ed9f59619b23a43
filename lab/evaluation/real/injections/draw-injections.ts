import { mulberry32 } from '../../../../src/common/mulberry32.js';
import { FaceCanvas, type FaceField } from '../fields/face-field.js';
import type { ExpressionLibrary } from '../fields/expression-library.js';
import { frameAt, isSeen, pointsAt, type FacePath } from '../track/face-path.js';
import { drawExpression, sharesOf, type DrawnUnit } from './draw-expression.js';
import { pupilDistance, REFERENCE_PUPILS } from './pupils.js';
import { Pulse } from './pulse.js';

/** Peaks, px on a face whose pupils are {@link REFERENCE_PUPILS} px apart; log-uniform. */
const PEAKS = [0.7, 4] as const;
/**
 * Onset to apex: mean, standard deviation and bounds; the longest in all; the least from the end of one to the next; where the first may
 * be. Seconds.
 */
const RISE = { mean: 0.17, sd: 0.05, least: 0.08, most: 0.3 };
const LONGEST = 0.5;
const APART = 1.2;
const FIRST = 1;
/** Seconds without the face that keep an injection away. */
const GUARD = 0.3;

/** An expression that is warped into a clip. */
export interface Injection {
  readonly pulse: Pulse;
  readonly units: readonly DrawnUnit[];
  /** Largest displacement over the face, px on a face whose pupils are 76 px apart. */
  readonly peak: number;
  /** The same, px of the frame. */
  readonly peakInFrame: number;
  /** Displacements at the apex, px of the frame that {@link points} belong to. */
  readonly field: FaceField;
  /** Landmarks that the field was made for. */
  readonly points: Float32Array;
}

/** Draws what is injected into a clip; the same seed gives the same expressions at the same times. */
export function drawInjections(library: ExpressionLibrary, path: FacePath, seed: number): Injection[] {
  const random = mulberry32(seed);
  const end = path.times.at(-1) ?? 0;
  const drawn: Injection[] = [];
  for (let t = FIRST + 0.3 * random(); t < end - LONGEST - 0.2;) {
    const pulse = drawPulse(random, t);
    const units = drawExpression(library, random);
    const peak = Math.exp(Math.log(PEAKS[0]) + random() * Math.log(PEAKS[1] / PEAKS[0]));
    const skip = APART + 1.2 * random();
    if (isThere(path, pulse)) drawn.push(injectionOf(library, path, { pulse, units, peak }));
    t = pulse.offset + skip;
  }
  return drawn;
}

function drawPulse(random: () => number, onset: number): Pulse {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const rise = Math.min(RISE.most, Math.max(RISE.least, RISE.mean + RISE.sd * normal));
  const fall = Math.min(LONGEST - rise, 0.12 + 0.2 * random());
  return new Pulse(onset, onset + rise, onset + rise + fall);
}

function isThere(path: FacePath, { start, end }: Pulse): boolean {
  const last = frameAt(path, end + GUARD);
  for (let frame = frameAt(path, start - GUARD); frame <= last; frame++) if (!isSeen(path, frame)) return false;
  return true;
}

function injectionOf(
  library: ExpressionLibrary,
  path: FacePath,
  { pulse, units, peak }: Pick<Injection, 'pulse' | 'units' | 'peak'>,
): Injection {
  const points = pointsAt(path, frameAt(path, pulse.apex));
  const scale = pupilDistance(points) / REFERENCE_PUPILS;
  const field = new FaceCanvas(library, points).field(sharesOf(library, units)).scaledTo(peak * scale);
  // Where the picture would have folded it is less than was drawn.
  return { pulse, units, peak: field.peak / scale, peakInFrame: field.peak, field, points };
}
