import { describe, expect, it } from 'vitest';
import { analyticFlow } from '../../tests/support/analytic-flow.js';
import { zeroField } from './flow-field.js';
import { COLOUR_WHEEL, colourMap, flowColour, fullScale } from './colour-wheel.js';

const colour = (u: number, v: number): number[] => {
  const out = new Uint8Array(3);
  flowColour(u, v, out, 0);
  return [...out];
};
const hue = (index: number): number[] => [...COLOUR_WHEEL.subarray(3 * index, 3 * index + 3)];

describe('the Middlebury wheel', () => {
  it('has the published 55 hues', () => {
    expect(COLOUR_WHEEL).toHaveLength(55 * 3);
    expect(hue(0)).toEqual([255, 0, 0]);
    expect(hue(1)).toEqual([255, 17, 0]);
    expect(hue(15)).toEqual([255, 255, 0]);
    expect(hue(21)).toEqual([0, 255, 0]);
    expect(hue(25)).toEqual([0, 255, 255]);
    expect(hue(36)).toEqual([0, 0, 255]);
    expect(hue(49)).toEqual([255, 0, 255]);
    expect(hue(54)).toEqual([255, 0, 43]);
  });

  // Values of the reference implementation (colorcode.cpp) for vectors of length 1, ½ and 2.
  it.each([
    [1, 0, [255, 0, 0]],
    [0, 1, [255, 229, 0]],
    [-1, 0, [0, 209, 255]],
    [0, -1, [88, 0, 255]],
    [0, 0, [255, 255, 255]],
    [0.5, 0, [255, 127, 127]],
    [2, 0, [191, 0, 0]],
  ])('shows (%d, %d) as %j', (u, v, expected) => {
    const got = colour(u, v);
    for (let channel = 0; channel < 3; channel++)
      expect(Math.abs((got[channel] ?? 0) - (expected[channel] ?? 0)), String(got)).toBeLessThanOrEqual(1);
  });
});

describe('colourMap', () => {
  it('scales to the largest vector, but never blows noise up', () => {
    expect(fullScale(analyticFlow((x) => [x < 2 ? 3 : 0, 4 * Number(x < 2)], 8))).toBe(5);
    expect(fullScale(analyticFlow(() => [0.05, 0], 8))).toBe(1);
    const still = colourMap(analyticFlow(() => [0.02, 0], 8));
    expect(Math.min(...still)).toBeGreaterThan(245);
  });

  it('is white at rest and black where nothing is known', () => {
    const field = zeroField(2, 1);
    field.data[1] = NaN;
    expect([...colourMap(field)]).toEqual([255, 255, 255, 0, 0, 0]);
    expect(fullScale(field)).toBe(1);
  });
});
