import { describe, expect, it } from 'vitest';
import { LANDMARKS } from './mesh.js';
import { isJump, regionOfDetection, regionOfLandmarks, regionToFrame, steadyRegion } from './region.js';
import { apply, scaleOf } from '../common/similarity.js';

/** Landmarks on a 100×120 grid about (x, y), turned by `angle`; 33 and 263 on a level line. */
function grid(x: number, y: number, angle: number): Float32Array {
  const out = new Float32Array(2 * LANDMARKS);
  const put = (i: number, u: number, v: number): void => {
    out[2 * i] = x + Math.cos(angle) * u - Math.sin(angle) * v;
    out[2 * i + 1] = y + Math.sin(angle) * u + Math.cos(angle) * v;
  };
  for (let i = 0; i < LANDMARKS; i++) put(i, ((i * 37) % 101) - 50, ((i * 53) % 121) - 60);
  put(33, -30, -20);
  put(263, 30, -20);
  return out;
}

describe('a face region', () => {
  it('is half as large again as the landmarks, turned with the eyes', () => {
    const region = regionOfLandmarks(grid(200, 150, 0.4));
    expect(region.angle).toBeCloseTo(0.4, 4);
    expect(region.size).toBeCloseTo(180, 0);
    expect(region.x).toBeCloseTo(200, 0);
    expect(region.y).toBeCloseTo(150, 0);
  });

  it("maps the crop's middle to its own, and the crop's edge to its size", () => {
    const toFrame = regionToFrame({ x: 70, y: 90, size: 96, angle: -0.3 }, 192);
    expect(apply(toFrame, 96, 96)).toEqual([expect.closeTo(70, 6), expect.closeTo(90, 6)]);
    expect(scaleOf(toFrame)).toBeCloseTo(0.5, 6);
  });

  it('of a detection is turned by the line of its eyes', () => {
    const region = regionOfDetection({ score: 1, box: [10, 20, 40, 60], points: [20, 40, 30, 50] });
    expect(region).toEqual({ x: 30, y: 50, size: 90, angle: Math.PI / 4 });
  });

  it('stays while the face hardly moves, and a large move is a jump', () => {
    const old = { x: 100, y: 100, size: 200, angle: 0 };
    expect(steadyRegion(old, { ...old, x: 103, angle: 0.02 })).toBe(old);
    expect(steadyRegion(old, { ...old, x: 110 })).toEqual({ ...old, x: 110 });
    expect(isJump(old, { ...old, x: 110 })).toBe(false);
    expect(isJump(old, { ...old, x: 130 })).toBe(true);
    expect(isJump({ ...old, angle: 3.1 }, { ...old, angle: -3.1 })).toBe(false);
    expect(isJump(old, { ...old, angle: 0.4 })).toBe(true);
  });
});
