import { describe, expect, it } from 'vitest';
import { endPointError, forwardBackward, medianFlow, residualRatio } from './flow-measures.js';

const SIZE = 224;
const mask = new Uint8Array(SIZE * SIZE);
for (let y = 50; y < 170; y++) mask.fill(1, y * SIZE + 50, y * SIZE + 170);
const picture = (shift: number): Float32Array =>
  Float32Array.from(
    { length: SIZE * SIZE },
    (_, k) => 100 + 50 * Math.sin(((k % SIZE) - shift) / 6) + 40 * Math.cos(Math.floor(k / SIZE) / 5),
  );
const constant = (u: number, v: number): Float32Array => new Float32Array(2 * SIZE * SIZE).fill(u, 0, SIZE * SIZE).fill(v, SIZE * SIZE);

describe('measures of flow without truth', () => {
  it('are next to nothing for the right flow and not for a wrong one', () => {
    expect(residualRatio(picture(0), picture(2), constant(2, 0), mask)).toBeLessThan(0.05);
    expect(residualRatio(picture(0), picture(2), constant(-2, 0), mask)).toBeGreaterThan(1.5);
    expect(forwardBackward(constant(2, 1), constant(-2, -1), mask)).toBeCloseTo(0);
    expect(forwardBackward(constant(2, 0), constant(2, 0), mask)).toBeCloseTo(4);
    expect(medianFlow(constant(3, 4), mask)).toBeCloseTo(5);
  });

  it('endPointError tells where the truth moves', () => {
    const truth = constant(0, 0);
    for (let y = 50; y < 170; y++) truth.fill(2, y * SIZE + 50, y * SIZE + 110);
    expect(endPointError(constant(0, 0), truth, mask)).toEqual({ all: 1, moving: 2 });
  });
});
