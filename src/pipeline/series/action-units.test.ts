import { expect, it } from 'vitest';
import { MOTION_REGIONS, type MotionRegion } from '../../spotting/contract.js';
import { displaced, measureUnits, SERIES_UNITS } from './action-units.js';

const STILL = { parted: 0, closed: 0 };

function motionOf(moved: Partial<Record<MotionRegion, readonly [number, number]>>): Float32Array {
  return Float32Array.from(MOTION_REGIONS.flatMap((region) => moved[region] ?? [0, 0]));
}

function unitsOf(
  moved: Partial<Record<MotionRegion, readonly [number, number]>>,
  openings = STILL,
  sigma = 0.1,
): Record<number, { r: number; c: boolean }> {
  const rest = motionOf({});
  const { units, present } = measureUnits(
    displaced(
      motionOf(moved),
      rest,
      rest.map(() => sigma),
      openings,
    ),
  );
  return Object.fromEntries(SERIES_UNITS.map((unit, i) => [unit, { r: units[i]!, c: present[i]! }]));
}

it('gives 5 to a motion at full strength and less in proportion, to the units that move alone', () => {
  const raised = unitsOf({ brow_inner_left: [0, -5], brow_inner_right: [0, -5] });
  expect(raised[1]).toEqual({ r: 5, c: true });
  expect([raised[4]!.r, raised[12]!.r, raised[26]!.r]).toEqual([0, 0, 0]);
  expect(unitsOf({ brow_inner_left: [0, -2], brow_inner_right: [0, -2] })[1]!.r).toBeCloseTo(2, 5);
  // Towards each other and down: a frown, on both sides of the image.
  expect(unitsOf({ brow_inner_left: [2.7, 2.7], brow_inner_right: [-2.7, 2.7] })[4]!.r).toBeCloseTo(5, 1);
  expect(unitsOf({ mouth_corner_left: [-3, -4], mouth_corner_right: [3, -4] })[12]!.r).toBeGreaterThan(2);
  expect(unitsOf({ chin: [0, 4.2] })[26]!.r).toBeCloseTo(2.5, 5);
  expect(unitsOf({}, { parted: 0.05, closed: 0.6 })).toMatchObject({ 25: { r: expect.closeTo(2, 5), c: true }, 45: { c: true } });
});

it('halves what one side shows alone, and takes the side that can be read', () => {
  expect(unitsOf({ mouth_corner_left: [-6, -8] })[12]!.r).toBeCloseTo(2.5, 1);
  expect(unitsOf({ mouth_corner_left: [-6, -8], mouth_corner_right: [NaN, NaN] })[12]!.r).toBeCloseTo(5, 1);
  expect(unitsOf({ brow_inner_left: [NaN, NaN], brow_inner_right: [NaN, NaN] })[1]!.r).toBeNaN();
});

it('says that a unit is present only where it stands clear of its error', () => {
  const moved = { brow_inner_left: [0, -2], brow_inner_right: [0, -2] } as const;
  expect(unitsOf(moved, STILL, 0.1)[1]!.c).toBe(true);
  expect(unitsOf(moved, STILL, 1)[1]!.c).toBe(false);
  expect(unitsOf({ brow_inner_left: [0, -0.5], brow_inner_right: [0, -0.5] }, STILL, 0.01)[1]!.c).toBe(false);
});
