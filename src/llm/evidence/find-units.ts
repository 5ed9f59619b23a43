import type { FaceShape, ShapeChange } from '../../flow/face-shape.js';
import type { RegionMotion, Side } from '../../events/schema.js';
import { faceMotion, SIDES, type FaceMotion, type OneSide, type PartMotion } from './face-motion.js';

/** A direction in which a part of the face moved, for the text; values in px. */
interface Statement {
  readonly part: string;
  readonly direction: string;
  readonly size: number;
}

/** An action unit that the measurements show. */
export interface FoundUnit {
  readonly unit: number;
  readonly side: Side;
  /** How many standard errors its weakest necessary motion is beyond none. */
  readonly strength: number;
  /** The motion that shows it, of the stronger side. */
  readonly statement: Statement;
}

/** Standard errors beyond which a region moves: one in 90 still regions goes so far in its error (Rayleigh). */
export const MOVING = 3;
/** The same where only one side shows a unit: no other region bears it out. */
const MOVING_ALONE = 4.5;
/** Least of each side where both sides together show a unit. */
const MOVING_EACH = 1.5;
/** Sum of both sides' standard errors that is {@link MOVING} of their mean: half of their variance is the head's, and common to both. */
const MOVING_TOGETHER = MOVING * Math.sqrt(3);
/** Standard errors of distances between landmarks from one picture to another, px (FaceMesh, still faces). */
const SHAPE_SIGMA = { eye: 0.22, lids: 0.22, lips: 0.6, mouth: 0.8, red: 0.4 } as const;
/** A lid gap that shrinks to less than this share within a window is a blink (AU45), whatever else it may look like. */
const BLINK = 0.72;
/** Least gap between the lids of an open eye, px: below it the window begins or ends within a blink. */
const OPEN_EYE = 6.3;
/**
 * Of the gap between the lids at onset: brows that rise drag the lids' margins apart by less, and lids that open wider by more come back
 * from a blink.
 */
const WIDE_EYE = [0.1, 0.15] as const;
/** px between the lips; less is a closed mouth. */
const CLOSED_LIPS = 3;

interface Sight {
  readonly motion: FaceMotion;
  readonly shape: ShapeChange | undefined;
  readonly blink: boolean;
}
type Sided = ReturnType<FaceMotion['side']>;
interface Shown {
  readonly strength: number;
  readonly statement: Statement;
}
type Rule = (part: Sided, sight: Sight, side: OneSide) => Shown | undefined;

/**
 * The action units that the motion of the regions and the shape of eyes and mouth carry, each only by the regions that define it in FACS.
 */
export function findUnits(rois: readonly RegionMotion[], shape: ShapeChange | undefined): FoundUnit[] {
  const sight: Sight = { motion: faceMotion(rois), shape, blink: isBlink(shape) };
  const found = Object.entries(RULES).flatMap(([unit, rule]) => bothSides(Number(unit), rule, sight));
  return [...found, ...midline(sight)].sort((a, b) => a.unit - b.unit);
}

/** Whether the eyes close or open within the window as in a blink. */
function isBlink(shape: ShapeChange | undefined): boolean {
  if (!shape) return false;
  const [onset, apex] = [mean(shape.onset.eyes), mean(shape.apex.eyes)];
  return apex < BLINK * onset || onset < BLINK * apex || Math.min(onset, apex) < OPEN_EYE * 0.75;
}

function bothSides(unit: number, rule: Rule, sight: Sight): FoundUnit[] {
  const shown = SIDES.flatMap((side) => {
    const one = rule(sight.motion.side(side), sight, side);
    return one && one.strength >= MOVING_EACH ? [{ side, ...one }] : [];
  });
  const [first, second] = shown.toSorted((a, b) => b.strength - a.strength);
  if (!first) return [];
  const { strength, statement } = first;
  if (second && strength + second.strength >= MOVING_TOGETHER)
    return [{ unit, side: 'both', strength: (strength + second.strength) / Math.sqrt(3), statement }];
  return strength >= MOVING_ALONE ? [{ unit, side: first.side, strength, statement }] : [];
}

function moved(part: PartMotion, direction: string, size: number, name: string, strength = size / part.sigma): Shown {
  return { strength, statement: { part: name, direction, size } };
}

const RULES: Readonly<Record<number, Rule>> = {
  1: ({ innerBrow, outerBrow }) =>
    innerBrow.up > 0.4 * outerBrow.up && -innerBrow.out < innerBrow.up ? moved(innerBrow, 'up', innerBrow.up, 'inner brow') : undefined,
  2: ({ innerBrow, outerBrow }) => (outerBrow.up > 0.4 * innerBrow.up ? moved(outerBrow, 'up', outerBrow.up, 'outer brow') : undefined),
  4: browLowered,
  5: lidRaised,
  6: ({ cheek, lowerLid, corner }, { shape, blink }, side) => {
    if (!shape || blink || narrower(shape, side) < 0.08) return undefined;
    // Beside a smile less is asked of the cheek.
    const smiles = sure(corner.up, corner) && corner.out > 0;
    const strength = smiles ? 1.5 * inSigmas(cheek.up, cheek) : Math.min(inSigmas(cheek.up, cheek), inSigmas(lowerLid.up, lowerLid));
    return lowerLid.up > -lowerLid.sigma ? moved(cheek, 'up', cheek.up, 'cheek', strength) : undefined;
  },
  7: ({ lowerLid, cheek }, { shape, blink }, side) =>
    shape && !blink && cheek.up < lowerLid.up && narrower(shape, side) >= 0.08
      ? moved(lowerLid, 'up', lowerLid.up, 'lower lid')
      : undefined,
  9: noseWrinkled,
  10: (part, sight) => {
    const { wing, upperLip, corner } = part;
    const { upperLip: middle } = sight.motion;
    if (!sure(middle.up, middle) || closing(sight) || noseWrinkled(part, sight)) return undefined;
    // A smile raises the lip too, by its corners.
    const smiles = corner.out > 0.35 * corner.up;
    return middle.up > (smiles ? 1.15 : 0.7) * corner.up
      ? moved(upperLip, 'up', upperLip.up, 'upper lip', Math.min(inSigmas(upperLip.up, upperLip), inSigmas(wing.up, wing)))
      : undefined;
  },
  12: (part, sight) => {
    const { corner } = part;
    if (closing(sight) && !sure(corner.out, corner)) return undefined;
    if (corner.out < 0.2 * corner.up && !pulledIn(part, sight)) return undefined;
    if (corner.up <= 0.4 * corner.out) return undefined;
    const out = Math.max(0, corner.out);
    const direction = corner.out > 0.2 * corner.up ? 'up and out' : 'up';
    return moved(
      corner,
      direction,
      Math.hypot(corner.up, out),
      'mouth corner',
      inSigmas(Math.max(corner.up, (corner.up + out) / Math.SQRT2), corner),
    );
  },
  14: (part, sight) => {
    const { corner } = part;
    if (!pulledIn(part, sight)) return undefined;
    // How far it is from where a smile would take it.
    const strength = (0.35 * Math.max(0, corner.up) - corner.out) / corner.sigma;
    if (!sure(corner.up, corner)) return moved(corner, 'in', -corner.out, 'mouth corner', strength);
    const direction = corner.out < 0 ? 'up and in' : 'straight up, held from going out,';
    return moved(corner, direction, Math.hypot(corner.up, corner.out), 'mouth corner', strength);
  },
  15: ({ corner }, { motion, shape }) =>
    !sure(-motion.chin.up, motion.chin) && Math.abs(lipsParted(shape)) < 2 && -corner.up > -1.3 * motion.lowerLip.up
      ? moved(corner, 'down', -corner.up, 'mouth corner')
      : undefined,
  20: ({ corner }, sight) =>
    Math.abs(corner.up) < 0.4 * corner.out && !closing(sight) ? moved(corner, 'out', corner.out, 'mouth corner') : undefined,
};

/** The lids' margins go apart, by the flow; landmarks hardly see it, but they do see the end of a blink. */
function lidRaised({ innerBrow, outerBrow, upperLid }: Sided, { shape, blink }: Sight, side: OneSide): Shown | undefined {
  if (!shape?.lids || blink) return undefined;
  const [onset, apex] = eyeOf(shape, side);
  const gap = shape.lids[side === 'left' ? 1 : 0];
  const wider = apex - onset;
  const [least, most] = WIDE_EYE;
  if (onset < OPEN_EYE || gap < least * onset || wider > most * onset || wider < -SHAPE_SIGMA.eye) return undefined;
  // A lid that goes up without the brow may come back from a blink.
  if (!sure(innerBrow.up, innerBrow) && !sure(outerBrow.up, outerBrow)) return undefined;
  return moved(upperLid, 'up, off the iris,', gap, 'upper lid', gap / SHAPE_SIGMA.lids);
}

/** The wings of the nose go up as far as the lip, and draw the inner brows down. */
function noseWrinkled({ wing, innerBrow }: Sided, { motion }: Sight): Shown | undefined {
  if (wing.up < 0.9 * motion.upperLip.up) return undefined;
  return moved(wing, 'up', wing.up, 'nostril wing', Math.min(inSigmas(wing.up, wing), inSigmas(-innerBrow.up, innerBrow)));
}

/** Units of the middle of the face, and of the jaw. */
function midline({ motion, shape, blink }: Sight): FoundUnit[] {
  const { chin, lowerLip, upperLip } = motion;
  const found: FoundUnit[] = [];
  const add = (unit: number, shown: Shown): void => {
    found.push({ unit, side: 'both', ...shown });
  };
  const parted = lipsParted(shape);
  const closed = shape === undefined || shape.onset.lips < CLOSED_LIPS;
  const corners = Math.max(motion.side('left').corner.up, motion.side('right').corner.up);
  if (sure(chin.up, chin) && sure(lowerLip.up, lowerLip) && closed && chin.up > 0.6 * corners) add(17, moved(chin, 'up', chin.up, 'chin'));
  const pressed = (lowerLip.up - upperLip.up) / Math.hypot(lowerLip.sigma, upperLip.sigma);
  if (shape && closed && pressed > MOVING && lowerLip.up > 0 && upperLip.up < 0 && redArea(shape.apex) < 0.92 * redArea(shape.onset)) {
    add(24, moved(lowerLip, 'together', lowerLip.up - upperLip.up, 'lips', pressed));
  }
  if (shape && parted > Math.max(MOVING * SHAPE_SIGMA.lips, 0.3 * shape.onset.lips))
    add(25, { strength: parted / SHAPE_SIGMA.lips, statement: { part: 'lips', direction: 'apart', size: parted } });
  if (sure(-chin.up, chin) && sure(-lowerLip.up, lowerLip) && (shape === undefined || parted > -SHAPE_SIGMA.lips)) {
    add(shape && shape.apex.lips > WIDE_OPEN ? 27 : 26, moved(chin, 'down', -chin.up, 'chin'));
  }
  if (shape && blink && mean(shape.apex.eyes) < BLINK * mean(shape.onset.eyes)) {
    const size = mean(shape.onset.eyes) - mean(shape.apex.eyes);
    add(45, { strength: size / SHAPE_SIGMA.eye, statement: { part: 'upper lids', direction: 'down', size } });
  }
  return found;
}

/** px between the lips from which a jaw drop is a mouth stretch. */
const WIDE_OPEN = 17;

/** Down or together. Brows that sink whole, from end to end and straight, come back from a raise. */
function browLowered({ innerBrow, outerBrow }: Sided): Shown | undefined {
  const [down, together] = [-innerBrow.up, -innerBrow.out];
  const returns = together < 0.4 * down && -outerBrow.up > 0.6 * down;
  if (down > 0 && down > 0.4 * together && !returns) {
    const inwards = Math.max(0, together);
    const strength = inSigmas(Math.max(down, (down + inwards) / Math.SQRT2), innerBrow);
    return moved(innerBrow, together > 0.3 * down ? 'down and in' : 'down', Math.hypot(down, inwards), 'inner brow', strength);
  }
  return Math.abs(innerBrow.up) < together ? moved(innerBrow, 'in', together, 'inner brow') : undefined;
}

/** A corner that goes up without going out is held by the buccinator: AU14 beside AU12. One that goes in alone is AU14 too. */
function pulledIn({ corner, lowerLip }: Sided, sight: Sight): boolean {
  const { motion, shape } = sight;
  if (sure(Math.abs(motion.chin.up), motion.chin) || lipsParted(shape) > 2 * SHAPE_SIGMA.lips) return false;
  const puckers = SIDES.every((side) => sure(-motion.side(side).corner.out, motion.side(side).corner));
  if (puckers) return false;
  return sure(corner.up, corner)
    ? corner.out < 0.15 * corner.up && lowerLip.up > 0
    : sure(-corner.out, corner) && Math.abs(corner.up) < -corner.out;
}

/** Whether the jaw closes: lips and corners then go up by themselves. */
function closing({ motion, shape }: Sight): boolean {
  return sure(motion.chin.up, motion.chin) && shape !== undefined && shape.apex.lips < shape.onset.lips - 2 * SHAPE_SIGMA.lips;
}

/** Lips that a smile stretches show less red in height, not in area. */
function redArea({ red, mouth }: FaceShape): number {
  return red * mouth;
}

function lipsParted(shape: ShapeChange | undefined): number {
  return shape ? shape.apex.lips - shape.onset.lips : 0;
}

function eyeOf(shape: ShapeChange, side: OneSide): readonly [number, number] {
  const index = side === 'left' ? 1 : 0;
  return [shape.onset.eyes[index], shape.apex.eyes[index]];
}

/** By which share the gap between the lids shrinks, by landmarks or flow, whichever says more; by none where landmarks see the eye open. */
function narrower(shape: ShapeChange, side: OneSide): number {
  const [onset, apex] = eyeOf(shape, side);
  const gap = shape.lids?.[side === 'left' ? 1 : 0] ?? 0;
  return onset === 0 || apex > onset + SHAPE_SIGMA.eye ? 0 : Math.max(onset - apex, -gap) / onset;
}

function inSigmas(size: number, { sigma }: PartMotion): number {
  return size / sigma;
}

function sure(size: number, { sigma }: PartMotion): boolean {
  return size > MOVING * sigma;
}

function mean([a, b]: readonly [number, number]): number {
  return (a + b) / 2;
}
