import { describe, expect, it } from 'vitest';
import { DenseLucasKanade, halved } from './dense-flow.js';

const SIZE = 112;
/** A texture moved by (u, v) px, and grown by `scale` about its middle. */
const texture = (u: number, v: number, scale = 1): Float32Array =>
  Float32Array.from({ length: SIZE * SIZE }, (_, i) => {
    const x = ((i % SIZE) - 56 - u) / scale,
      y = (Math.floor(i / SIZE) - 56 - v) / scale;
    return 120 + 40 * Math.sin(x / 3.1) * Math.cos(y / 4.3) + 25 * Math.sin((x + 2 * y) / 7.7) + 10 * Math.cos((x - y) / 2.3);
  });
const flow = (to: Float32Array): { u: Float32Array; v: Float32Array } => {
  const kanade = new DenseLucasKanade(SIZE);
  return kanade.flow(kanade.pyramid(texture(0, 0)), kanade.pyramid(to));
};
const at = (x: number, y: number): number => y * SIZE + x;

describe('DenseLucasKanade', () => {
  it.each([
    [0.3, -0.2, 0.1],
    [1.4, 0.9, 0.1],
    [-3.2, 2.5, 0.3],
  ])('finds a shift of %d, %d px to %d px', (u, v, limit) => {
    const found = flow(texture(u, v));
    for (const [x, y] of [
      [56, 56],
      [30, 80],
      [80, 30],
    ] as const) {
      expect(Math.abs(found.u[at(x, y)]! - u)).toBeLessThan(limit);
      expect(Math.abs(found.v[at(x, y)]! - v)).toBeLessThan(limit);
    }
  });

  it('finds growth as a field that points outwards', () => {
    const found = flow(texture(0, 0, 1.02));
    expect(found.u[at(86, 56)]).toBeCloseTo(0.6, 0);
    expect(found.u[at(26, 56)]).toBeCloseTo(-0.6, 0);
    expect(Math.abs(found.u[at(56, 56)]!)).toBeLessThan(0.15);
  });

  it('stays still where there is no texture', () => {
    const kanade = new DenseLucasKanade(SIZE);
    const flat = kanade.pyramid(new Float32Array(SIZE * SIZE).fill(90));
    const brighter = kanade.pyramid(new Float32Array(SIZE * SIZE).fill(95));
    expect(kanade.flow(flat, brighter).u.every((value) => value === 0)).toBe(true);
  });
});

describe('halved', () => {
  it('takes means of four', () => {
    expect([...halved(Float32Array.from([1, 3, 10, 10, 5, 7, 10, 10, 0, 0, 1, 1, 0, 0, 1, 5]), 4)]).toEqual([4, 10, 0, 2]);
  });
});
