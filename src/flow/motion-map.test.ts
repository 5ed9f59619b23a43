import { describe, expect, it } from 'vitest';
import { analyticFlow } from '../../tests/support/analytic-flow.js';
import { motionMap } from './motion-map.js';

describe('motionMap', () => {
  it('is the grey onset where nothing moves, and coloured where it does', () => {
    const onset = new Float32Array(64).fill(100.4);
    const rgb = motionMap(
      onset,
      analyticFlow((x) => [x > 4 ? 2 : 0, 0], 8),
    );
    expect([...rgb.subarray(0, 3)]).toEqual([100, 100, 100]);
    const [r, g, b] = rgb.subarray(21, 24);
    expect(r).toBe(224);
    expect(g).toBe(20);
    expect(b).toBe(20);
  });

  it('bears values out of range and vectors that are none', () => {
    const rgb = motionMap(Float32Array.of(-5, 300, 10, 10), { width: 2, height: 2, data: new Float32Array(8).fill(NaN) });
    expect([...rgb]).toEqual([0, 0, 0, 255, 255, 255, 10, 10, 10, 10, 10, 10]);
  });

  it('refuses an onset of another size', () => {
    expect(() => motionMap(new Uint8Array(3), { width: 2, height: 2, data: new Float32Array(8) })).toThrow(RangeError);
  });
});
