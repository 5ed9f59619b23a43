import { expect, it } from 'vitest';
import { LANDMARK_SUBSET } from '../../../src/events/schema.js';
import { LANDMARK_GROUPS } from './landmark-groups.js';

it('covers what track events carry, in its order', () => {
  expect(LANDMARK_GROUPS.at(-1)?.to).toBe(LANDMARK_SUBSET.length);
  // Landmarks known from FaceMesh's map: outer eye corners, mouth corner, top of the forehead.
  expect(LANDMARK_GROUPS.map((group) => LANDMARK_SUBSET[group.from])).toEqual([10, 33, 263, 70, 336, 168, 98, 61, 78]);
});
