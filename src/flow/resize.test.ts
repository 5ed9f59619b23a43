import { describe, expect, it } from 'vitest';
import { resizeGrey } from './resize.js';

const image = (width: number, height: number, at: (x: number, y: number) => number) => ({
  width,
  height,
  data: Float32Array.from({ length: width * height }, (_, i) => at((i % width) + 0.5, Math.floor(i / width) + 0.5)),
});

describe('resizeGrey', () => {
  it('leaves a picture of that size alone', () => {
    const same = image(8, 8, (x) => x);
    expect(resizeGrey(same, 8, 8)).toBe(same);
  });

  it('keeps a smooth picture, larger or smaller, each axis its own', () => {
    const wave = (x: number, y: number): number => 100 + 40 * Math.sin(x * 6) + 30 * Math.cos(y * 4);
    for (const [width, height] of [
      [96, 80],
      [400, 300],
      [61, 200],
    ] as const) {
      const got = resizeGrey(
        image(200, 150, (x, y) => wave(x / 200, y / 150)),
        width,
        height,
      );
      let worst = 0;
      for (let y = 6; y < height - 6; y++)
        for (let x = 6; x < width - 6; x++)
          worst = Math.max(worst, Math.abs((got.data[y * width + x] ?? 0) - wave((x + 0.5) / width, (y + 0.5) / height)));
      expect(worst).toBeLessThan(0.05);
    }
  });

  it('does not alias when it shrinks', () => {
    const stripes = image(448, 448, (x) => (Math.floor(x) % 2 === 0 ? 0 : 200));
    // Away from the border, where the last stripe is drawn out.
    const got = resizeGrey(stripes, 100, 100).data.filter((_, i) => i % 100 > 2 && i % 100 < 97);
    expect(Math.max(...got) - Math.min(...got)).toBeLessThan(6);
  });
});
