import type { ActionUnit, RegionMotion, Side } from '../../events/schema.js';
import type { ShapeChange } from '../../flow/face-shape.js';
import { findUnits, MOVING } from '../evidence/find-units.js';

/** px; motion below this is within what noise and landmarks leave over. */
const LEAST = 0.1;
/** Of the face's strongest region: motion below it is most likely dragged along. */
const LEAST_SHARE = 0.15;
/** Degrees either side of a unit's own directions that still fit it: skin is dragged, flow is smoothed. */
const TOLERANCE = 75;

/** Where a unit shows, on the image's right half, and which way it goes there (degrees; none: any). The left half mirrors it. */
interface Place {
  readonly regions: readonly string[];
  readonly angles?: readonly number[];
}

const INNER = ['Right Inner Eyebrow'];
const OUTER = ['Right Outer Eyebrow'];
const UPPER_LID = ['Right Upper Eyelid (Left Side)', 'Right Upper Eyelid (Center)', 'Right Upper Eyelid (Right Side)'];
const LOWER_LID = ['Right Lower Eyelid (Left Side)', 'Right Lower Eyelid (Center)', 'Right Lower Eyelid (Right Side)'];
const WING = ['Right Nostril Wing'];
const CORNER = ['Right Mouth Corner'];
const UPPER_LIP = ['Upper Lip (Right Side)', 'Upper Lip (Center)'];
const LOWER_LIP = ['Lower Lip (Right Side)', 'Lower Lip (Center)'];
const CHEEK = ['Right Cheek'];
const CHIN = ['Chin'];
const LIPS: Place = { regions: [...UPPER_LIP, ...LOWER_LIP, ...CORNER] };

/* FACS (Ekman, Friesen & Hager 2002): which way the skin goes; 0 is outward on this half, 90 up, 180 towards the midline. */
const PLACES: Readonly<Record<number, readonly Place[]>> = {
  1: [{ regions: INNER, angles: [90] }],
  2: [{ regions: OUTER, angles: [90] }],
  4: [{ regions: [...INNER, ...OUTER], angles: [180, 270] }],
  5: [{ regions: UPPER_LID, angles: [90] }],
  6: [{ regions: [...CHEEK, ...LOWER_LID], angles: [90] }],
  7: [
    { regions: LOWER_LID, angles: [90, 180] },
    { regions: UPPER_LID, angles: [270] },
    { regions: CHEEK, angles: [90] },
  ],
  9: [
    { regions: [...WING, ...UPPER_LIP], angles: [90] },
    { regions: INNER, angles: [270] },
  ],
  10: [{ regions: [...UPPER_LIP, ...WING], angles: [90] }],
  12: [
    { regions: [...CORNER, ...CHEEK], angles: [45] },
    { regions: ['Upper Lip (Right Side)', 'Lower Lip (Right Side)'], angles: [45] },
  ],
  13: [{ regions: CORNER, angles: [90] }],
  14: [{ regions: [...CORNER, 'Lower Lip (Right Side)', 'Upper Lip (Right Side)'] }],
  15: [{ regions: [...CORNER, 'Lower Lip (Right Side)'], angles: [270] }],
  16: [{ regions: LOWER_LIP, angles: [270] }],
  17: [{ regions: [...CHIN, ...LOWER_LIP], angles: [90] }],
  18: [LIPS],
  22: [LIPS],
  23: [LIPS],
  24: [LIPS, { regions: CHIN }],
  25: [LIPS, { regions: CHIN }],
  28: [LIPS, { regions: CHIN }],
  20: [{ regions: [...CORNER, 'Lower Lip (Right Side)', 'Upper Lip (Right Side)'], angles: [0, 300] }],
  26: [{ regions: [...CHIN, ...LOWER_LIP] }],
  27: [{ regions: [...CHIN, ...LOWER_LIP] }],
  43: [{ regions: [...UPPER_LID, ...LOWER_LID] }],
  45: [{ regions: [...UPPER_LID, ...LOWER_LID] }],
};

/** px; regions below it don't speak for a unit, beside the others of this face. */
export function leastMotion(rois: readonly RegionMotion[]): number {
  return Math.max(LEAST, LEAST_SHARE * Math.max(0, ...rois.map((region) => region.mean_magnitude)));
}

/**
 * The side on which some region that could show the unit moved in a way that fits it; undefined where none did. A unit claimed for both
 * sides is narrowed to the one that moved.
 *
 * @param side the person's own; on an unmirrored picture the person's left is the image's right.
 */
export function supportedSide(unit: number, side: Side, rois: readonly RegionMotion[]): Side | undefined {
  const floor = leastMotion(rois);
  const moved = new Map(
    rois
      .filter((region) => region.mean_magnitude >= (region.sigma === undefined ? floor : MOVING * region.sigma))
      .map((region) => [region.region, region]),
  );
  const places = PLACES[unit];
  if (!places) return moved.size > 0 ? side : undefined;
  const left = side !== 'right' && places.some((place) => fits(place, moved, false));
  const right = side !== 'left' && places.some((place) => fits(place, moved, true));
  return left && right ? 'both' : left ? 'left' : right ? 'right' : undefined;
}

export const isSupported = (unit: number, side: Side, rois: readonly RegionMotion[]): boolean =>
  supportedSide(unit, side, rois) !== undefined;

/** The units as they came, each without support flagged `unsupported`: told, not hidden. */
export function flagUnsupported(aus: readonly ActionUnit[], rois: readonly RegionMotion[], shape?: ShapeChange): ActionUnit[] {
  const carried = new Set(shape ? findUnits(rois, shape).map(({ unit }) => unit) : []);
  return aus.map((unit) => {
    const number = Number(unit.au.slice(2));
    return carried.has(number) || isSupported(number, unit.side, rois) ? unit : { ...unit, unsupported: true };
  });
}

function fits({ regions, angles }: Place, moved: ReadonlyMap<string, RegionMotion>, mirrored: boolean): boolean {
  return regions.some((name) => {
    const region = moved.get(mirrored ? mirroredName(name) : name);
    if (!region) return false;
    if (!angles || region.angle_deg === null) return true;
    const angle = mirrored ? 180 - region.angle_deg : region.angle_deg;
    return angles.some((wanted) => Math.abs(((((angle - wanted) % 360) + 540) % 360) - 180) <= TOLERANCE);
  });
}

function mirroredName(name: string): string {
  return name.replaceAll('Right', '\0').replaceAll('Left', 'Right').replaceAll('\0', 'Left');
}
