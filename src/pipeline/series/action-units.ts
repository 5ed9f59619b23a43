import { MOTION_REGIONS, type MotionRegion } from '../../spotting/contract.js';

/**
 * The action units whose strength a frame's motion defines, by FACS number: those that hold on labelled real clips (docs/series.md has the
 * figures). The others share their regions with these, or are not seen in 15 regions at all.
 */
export const SERIES_UNITS = [1, 2, 4, 12, 25, 26, 45] as const;
export type SeriesUnit = (typeof SERIES_UNITS)[number];

/** Displacement of the face from its rest. */
export interface Displaced {
  /** Towards the forehead, px of the reference crop; NaN where the region could not be read. */
  up(region: MotionRegion): number;
  /** Away from the midline, px. */
  out(region: MotionRegion): number;
  /** Standard error of both, px. */
  sigma(region: MotionRegion): number;
  /** How far the lips are apart beyond rest, in mouth widths. */
  readonly parted: number;
  /** How far the lids are closed, 0 at rest to 1. */
  readonly closed: number;
}

/** A unit's motion and its standard error, both over the motion of the unit at full strength. */
interface Shown {
  readonly share: number;
  readonly sigma: number;
}
type Rule = (face: Displaced) => Shown;

/** Standard errors of the landmarks' distances on a still face: of the lips in mouth widths, of the lids in openings. */
const PARTED_SIGMA = 0.014;
const CLOSED_SIGMA = 0.06;
/** Standard errors beyond which a unit counts as present, and the least strength of one. */
const CLEAR = 3;
const LEAST_PRESENT = 1;
const STRONGEST = 5;

/**
 * Motion of each unit at full strength, px: ICT-FaceKit's blendshapes at weight 1 (jaw: 0.3) on its neutral face, at the place of the
 * region, with the outer eye corners 88 px apart as in the reference crop. Of lips apart, in mouth widths.
 */
const FULL: Readonly<Record<Exclude<SeriesUnit, 45>, number>> = {
  1: 5,
  2: 6.9,
  4: 3.8,
  12: 9.8,
  25: 0.125,
  26: 8.4,
};

const RULES: Readonly<Record<SeriesUnit, Rule>> = {
  1: bothSides('brow_inner', FULL[1], (face, region) => face.up(region)),
  2: bothSides('brow_outer', FULL[2], (face, region) => face.up(region)),
  4: bothSides('brow_inner', FULL[4], (face, region) => oblique(-face.up(region), -face.out(region))),
  12: bothSides('mouth_corner', FULL[12], (face, region) => oblique(face.up(region), face.out(region))),
  25: ({ parted }) => ({ share: parted / FULL[25], sigma: PARTED_SIGMA / FULL[25] }),
  26: (face) => ({ share: -face.up('chin') / FULL[26], sigma: face.sigma('chin') / FULL[26] }),
  45: ({ closed }) => ({ share: closed, sigma: CLOSED_SIGMA }),
};

/** Strength of every unit, 0 to 5 in proportion to its motion, and whether it stands clear of its error. NaN where it could not be read. */
export function measureUnits(face: Displaced): { readonly units: Float32Array; readonly present: readonly boolean[] } {
  const shown = SERIES_UNITS.map((unit) => RULES[unit](face));
  const units = Float32Array.from(shown, ({ share }) => Math.min(STRONGEST, Math.max(0, STRONGEST * share)));
  return { units, present: shown.map(({ share, sigma }, i) => units[i]! >= LEAST_PRESENT && share >= CLEAR * sigma) };
}

/** `AU04`, as OpenFace names it. */
export const unitName = (unit: SeriesUnit): string => `AU${String(unit).padStart(2, '0')}`;

type SidedPart = 'brow_inner' | 'brow_outer' | 'mouth_corner';

/** The mean of the sides that could be read: a unit of one side alone has half its strength. */
function bothSides(part: SidedPart, full: number, measure: (face: Displaced, region: MotionRegion) => number): Rule {
  return (face) => {
    const read = (['left', 'right'] as const)
      .map((side) => `${part}_${side}` as const)
      .map((region) => ({ px: measure(face, region), sigma: face.sigma(region) }))
      .filter(({ px }) => Number.isFinite(px));
    const mean = (of: (one: (typeof read)[number]) => number): number => read.reduce((sum, one) => sum + of(one), 0) / read.length;
    // The errors of both sides are correlated, so averaging does not reduce them.
    return { share: mean(({ px }) => px) / full, sigma: mean(({ sigma }) => sigma) / full };
  };
}

/** Length along the diagonal of two directions, both of which must be there; not positive where one is not. */
function oblique(a: number, b: number): number {
  return a > 0 && b > 0 ? (a + b) / Math.SQRT2 : Math.min(a, 0);
}

/** Index of a region in a motion vector. */
const AT = Object.fromEntries(MOTION_REGIONS.map((region, i) => [region, 2 * i])) as Readonly<Record<MotionRegion, number>>;

/** The displacement of `motion` (u, v of each region, NaN where unread) from `rest`. */
export function displaced(
  motion: Float32Array,
  rest: Float32Array,
  sigma: Float32Array,
  openings: Pick<Displaced, 'parted' | 'closed'>,
): Displaced {
  return {
    ...openings,
    up: (region) => rest[AT[region] + 1]! - motion[AT[region] + 1]!,
    // Left is the image's left: away from the midline is to the left there.
    out: (region) => (motion[AT[region]]! - rest[AT[region]]!) * (region.endsWith('_left') ? -1 : 1),
    sigma: (region) => Math.hypot(sigma[AT[region]]!, sigma[AT[region] + 1]!) / Math.SQRT2,
  };
}
