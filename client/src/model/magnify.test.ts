import { expect, it } from 'vitest';
import { magnify } from './magnify.js';

it('multiplies the difference, and clamps', () => {
  const out = new Uint8ClampedArray(8);
  magnify(new Uint8ClampedArray([100, 10, 200, 0, 1, 2, 3, 4]), new Uint8ClampedArray([110, 0, 250, 0, 1, 2, 3, 4]), 3, out);
  expect([...out]).toEqual([130, 0, 255, 255, 1, 2, 3, 255]);
});
