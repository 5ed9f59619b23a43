import type { ShapeChange } from '../../flow/face-shape.js';
import type { RegionMotion, Side } from '../../events/schema.js';
import { faceMotion, SIDES, type FaceMotion, type OneSide, type PartMotion } from './face-motion.js';

/** A direction in which a part of the face moved, for the text; figures in px. */
interface Statement {
  readonly part: string;
  readonly direction: string;
  readonly size: number;
}

/** An action unit that the figures carry. */
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
/** Standard errors of distances between landmarks from one picture to another, px (FaceMesh, still faces). */
const SHAPE_SIGMA = { eye: 0.22, lips: 0.6, mouth: 0.8, red: 0.4 } as const;
/** A lid gap that shrinks to less than this share within a window is a blink (AU45), whatever else it may look like. */
const BLINK = 0.72;
/** Least gap between the lids of an open eye, px: below it the window begins or ends within a blink. */
const OPEN_EYE = 6.3;
/** Of the gap between the lids: brows that rise drag the lids' skin apart by up to so much. */
const LID_DRAG = 0.22;
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

/** The action units that the motion of the regions and the shape of eyes and mouth carry, each only by the regions that define it in FACS. */
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
    return one ? [{ side, ...one }] : [];
  });
  const [first, second] = shown.toSorted((a, b) => b.strength - a.strength);
  if (!first || (!second && first.strength < MOVING_ALONE)) return [];
  return [{ unit, side: second ? 'both' : first.side, strength: first.strength, statement: first.statement }];
}

function moved(part: PartMotion, direction: string, size: number, name: string, strength = size / part.sigma): Shown {
  return { strength, statement: { part: name, direction, size } };
}

const RULES: Readonly<Record<number, Rule>> = {
  1: ({ innerBrow, outerBrow }) =>
    sure(innerBrow.up, innerBrow) && innerBrow.up > 0.4 * outerBrow.up && -innerBrow.out < innerBrow.up
      ? moved(innerBrow, 'up', innerBrow.up, 'inner brow')
      : undefined,
  2: ({ innerBrow, outerBrow }) =>
    sure(outerBrow.up, outerBrow) && outerBrow.up > 0.4 * innerBrow.up ? moved(outerBrow, 'up', outerBrow.up, 'outer brow') : undefined,
  4: browLowered,
  5: ({ upperLid, lowerLid, innerBrow }, { motion, shape, blink }, side) => {
    if (!shape || blink) return undefined;
    const [onset, apex] = eyeOf(shape, side);
    if (onset < OPEN_EYE || upperLid.up < upperLid.sigma) return undefined;
    const found = (size: number, sigma: number): Shown => ({
      strength: size / sigma,
      statement: { part: 'upper lid', direction: 'up, off the iris,', size },
    });
    // Raised brows take the mesh's lids and the skin above them along a little way; only what goes further is the lid's own.
    const wider = apex - onset;
    if (wider > Math.max(MOVING * SHAPE_SIGMA.eye, (sure(innerBrow.up, innerBrow) ? 0.1 : 0.08) * onset))
      return found(wider, SHAPE_SIGMA.eye);
    const apart = upperLid.up - lowerLid.up;
    const sigma = Math.hypot(0.1, own(upperLid, motion), own(lowerLid, motion));
    return apart > Math.max(MOVING * sigma, LID_DRAG * onset) && wider > -SHAPE_SIGMA.eye ? found(apart, sigma) : undefined;
  },
  6: ({ cheek, lowerLid, corner }, { shape, blink }, side) => {
    if (!shape || blink || narrower(shape, side) < 0.08) return undefined;
    // Beside a smile less is asked of the cheek.
    const smiles = sure(corner.up, corner) && corner.out > 0;
    const raised = smiles ? cheek.up > 2 * cheek.sigma : sure(cheek.up, cheek) && sure(lowerLid.up, lowerLid);
    return raised && lowerLid.up > -lowerLid.sigma
      ? moved(cheek, 'up', cheek.up, 'cheek', Math.max(MOVING, cheek.up / cheek.sigma))
      : undefined;
  },
  7: ({ lowerLid, cheek }, { shape, blink }, side) =>
    shape && !blink && sure(lowerLid.up, lowerLid) && !sure(cheek.up, cheek) && narrower(shape, side) >= 0.08
      ? moved(lowerLid, 'up', lowerLid.up, 'lower lid')
      : undefined,
  9: ({ wing, innerBrow }, { motion }) =>
    sure(wing.up, wing) && wing.up > 1.1 * motion.upperLip.up && sure(-innerBrow.up, innerBrow)
      ? moved(wing, 'up', wing.up, 'nostril wing')
      : undefined,
  10: ({ wing, upperLip, corner }, sight) => {
    const { upperLip: middle } = sight.motion;
    return sure(upperLip.up, upperLip) && sure(middle.up, middle) && sure(wing.up, wing) && middle.up > 0.7 * corner.up && !closing(sight)
      ? moved(upperLip, 'up', upperLip.up, 'upper lip')
      : undefined;
  },
  12: (part, sight) => {
    const { corner } = part;
    const closes = closing(sight);
    if (!sure(corner.up, corner) || (closes && !sure(corner.out, corner))) return undefined;
    if (corner.out < 0.35 * corner.up && !pulledIn(part, sight)) return undefined;
    return corner.up > 0.4 * corner.out
      ? moved(corner, corner.out > 0.35 * corner.up ? 'up and out' : 'up', Math.hypot(corner.up, Math.max(0, corner.out)), 'mouth corner')
      : undefined;
  },
  14: (part, sight) => {
    const { corner } = part;
    if (!pulledIn(part, sight)) return undefined;
    // How far it is from where a smile would take it.
    const strength = (0.35 * Math.max(0, corner.up) - corner.out) / corner.sigma;
    return corner.out < 0
      ? moved(corner, 'in', -corner.out, 'mouth corner', strength)
      : moved(corner, 'straight up, held from going out,', corner.up, 'mouth corner', strength);
  },
  15: ({ corner }, { motion, shape }) =>
    sure(-corner.up, corner) && !sure(-motion.chin.up, motion.chin) && lipsParted(shape) < 2 && -corner.up > -1.3 * motion.lowerLip.up
      ? moved(corner, 'down', -corner.up, 'mouth corner')
      : undefined,
  20: ({ corner }, sight) =>
    sure(corner.out, corner) && Math.abs(corner.up) < 0.4 * corner.out && !closing(sight)
      ? moved(corner, 'out', corner.out, 'mouth corner')
      : undefined,
};

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
  if (shape && closed && pressed > MOVING && lowerLip.up > 0 && upperLip.up < 0 && shape.apex.red < 0.92 * shape.onset.red) {
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
  if (sure(down, innerBrow) && !returns)
    return moved(innerBrow, together > 0.3 * down ? 'down and in' : 'down', Math.hypot(down, Math.max(0, together)), 'inner brow');
  return sure(together, innerBrow) && innerBrow.up < together ? moved(innerBrow, 'in', together, 'inner brow') : undefined;
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

function lipsParted(shape: ShapeChange | undefined): number {
  return shape ? shape.apex.lips - shape.onset.lips : 0;
}

function eyeOf(shape: ShapeChange, side: OneSide): readonly [number, number] {
  const index = side === 'left' ? 1 : 0;
  return [shape.onset.eyes[index], shape.apex.eyes[index]];
}

/** By which share the gap between the lids shrinks. */
function narrower(shape: ShapeChange, side: OneSide): number {
  const [onset, apex] = eyeOf(shape, side);
  return onset === 0 ? 0 : 1 - apex / onset;
}

/** px: the error of a part without what it shares with all others. */
function own({ sigma }: PartMotion, { common }: FaceMotion): number {
  return Math.sqrt(Math.max(0, sigma ** 2 - common ** 2));
}

function sure(size: number, { sigma }: PartMotion): boolean {
  return size > MOVING * sigma;
}

function mean([a, b]: readonly [number, number]): number {
  return (a + b) / 2;
}
