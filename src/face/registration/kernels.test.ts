import { describe, expect, it } from 'vitest';
import { CROP_SIZE } from '../contract.js';
import { Kernels, levelFor } from './kernels.js';
import { mulberry32 } from '../../common/mulberry32.js';
import { cubic } from '../../../lab/bench/moving-portrait.js';

const PIXELS = CROP_SIZE * CROP_SIZE;

/** Smooth luma with some noise, and given chroma. */
function picture(width: number, height: number, u = 128, v = 128): { width: number; height: number; data: Uint8Array<ArrayBuffer> } {
  const random = mulberry32(5);
  const chroma = ((width + 1) >> 1) * ((height + 1) >> 1);
  const data = new Uint8Array(width * height + 2 * chroma);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) data[y * width + x] = 120 + 60 * Math.sin(0.13 * x + 0.05 * y) + 40 * Math.cos(0.21 * y) + 8 * random();
  data.fill(u, width * height, width * height + chroma);
  data.fill(v, width * height + chroma);
  return { width, height, data };
}

describe('the bicubic crop', () => {
  it('is what the definition says, to the table of weights', () => {
    const kernels = new Kernels();
    const frame = picture(640, 480);
    kernels.setFrame(frame);
    const luma = Float32Array.from(frame.data.subarray(0, 640 * 480));
    const t = { a: 1.13, b: 0.21, tx: 150.3, ty: 70.7 };
    const crop = kernels.resample(t, 0, new Float32Array(PIXELS));
    let worst = 0;
    for (let j = 0; j < CROP_SIZE; j++)
      for (let i = 0; i < CROP_SIZE; i++) {
        const x = t.a * (i + 0.5) - t.b * (j + 0.5) + t.tx - 0.5;
        const y = t.b * (i + 0.5) + t.a * (j + 0.5) + t.ty - 0.5;
        worst = Math.max(worst, Math.abs(cubic(luma, 640, x, y) - (crop[j * CROP_SIZE + i] ?? 0)));
      }
    expect(worst).toBeLessThan(0.05);
  });

  it('reads the same through a template as through a crop, inside and at the edge', () => {
    const kernels = new Kernels();
    kernels.setFrame(picture(320, 240));
    for (const t of [
      { a: 1, b: 0, tx: 40.25, ty: 8.5 },
      { a: 1.2, b: 0.3, tx: -30, ty: -20 },
    ]) {
      const crop = kernels.resample(t, 0, new Float32Array(PIXELS));
      // Template points with value = the crop's own, so that all residuals are 0.
      const template = new Float32Array(8 * 4);
      [10, 60, 120, 200].forEach((i, k) => {
        template[k] = i + 0.5;
        template[4 + k] = i + 0.5;
        template[8 + k] = crop[i * CROP_SIZE + i] ?? 0;
        template[28 + k] = 1;
      });
      kernels.loadTemplate(template, 4);
      kernels.samplePoints(t, 0);
      kernels.residuals(1, 0);
      const sums = kernels.normalEquations(1);
      expect(sums[28]).toBeLessThan(1e-4);
      expect(sums[27]).toBeCloseTo(4, 3);
    }
  });

  it('goes on with the edge outside, even of a picture of one pixel', () => {
    const kernels = new Kernels();
    kernels.setFrame({ width: 1, height: 1, data: Uint8Array.from([77, 128, 128]) });
    const crop = kernels.resample({ a: 0.02, b: 0.01, tx: -3, ty: -1 }, 3, new Float32Array(PIXELS));
    expect(Math.min(...crop)).toBeCloseTo(77, 3);
    expect(Math.max(...crop)).toBeCloseTo(77, 3);
    const rgb = kernels.rgbCrop({ a: 0.01, b: 0, tx: 0.1, ty: 0.1 }, 64, 1, 0);
    expect(rgb[0]).toBeCloseTo((77 - 16) * 1.164, 0);
  });

  it('keeps its place on the smaller levels of the pyramid', () => {
    const kernels = new Kernels();
    const width = 401;
    const height = 303;
    const data = new Uint8Array(width * height + 2 * 201 * 152);
    for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) data[y * width + x] = Math.round(0.4 * x + 0.3 * y);
    kernels.setFrame({ width, height, data });
    const t = { a: 1.2, b: 0.1, tx: 60, ty: 12 };
    const full = kernels.resample(t, 0, new Float32Array(PIXELS));
    for (const level of [1, 2]) {
      const small = kernels.resample(t, level, new Float32Array(PIXELS));
      const middle = 112 * CROP_SIZE + 112;
      expect(small[middle]).toBeCloseTo(full[middle] ?? 0, -0.3);
    }
    expect([levelFor(1), levelFor(1.4), levelFor(2), levelFor(5)]).toEqual([0, 0, 1, 2]);
  });

  it('refuses a frame whose buffer is too short', () => {
    expect(() => {
      new Kernels().setFrame({ width: 4, height: 4, data: new Uint8Array(16) });
    }).toThrow(RangeError);
  });
});

describe('the colour crop', () => {
  it('gives red, green and blue of limited-range BT.601, black outside', () => {
    const kernels = new Kernels();
    const frame = picture(64, 48, 90, 200);
    frame.data.fill(100, 0, 64 * 48);
    kernels.setFrame(frame);
    const check = (rgb: Float32Array, at: number, expected: readonly number[]): void => {
      const plane = rgb.length / 3;
      expected.forEach((value, c) => {
        expect(rgb[c * plane + at]).toBeCloseTo(value, 0);
      });
    };
    const colour = [97.8 + 1.596 * 72, 97.8 + 0.392 * 38 - 0.813 * 72, 97.8 - 2.017 * 38];
    check(kernels.rgbCrop({ a: 0.5, b: 0, tx: 10, ty: 10 }, 32, 1, 0), 500, colour);
    const outside = kernels.rgbCrop({ a: 2, b: 0, tx: -30, ty: -30 }, 64, 1, 0);
    check(outside, 0, [0, 0, 0]);
    check(outside, 64 * 30 + 30, colour);
  });

  it('is the same whether the crop lies inside or reaches over the edge', () => {
    const kernels = new Kernels();
    const frame = picture(300, 200, 100, 150);
    kernels.setFrame(frame);
    const inside = kernels.rgbCrop({ a: 0.8, b: 0.1, tx: 60, ty: 20 }, 192, 1, 0).slice();
    // The same place in a larger crop that begins outside the picture.
    const over = kernels.rgbCrop({ a: 0.8, b: 0.1, tx: 60 - 0.8 * 64 + 0.1 * 64, ty: 20 - 0.1 * 64 - 0.8 * 64 }, 256, 1, 0);
    let worst = 0;
    for (let j = 0; j < 120; j++)
      for (let i = 0; i < 120; i++) worst = Math.max(worst, Math.abs((inside[j * 192 + i] ?? 0) - (over[(j + 64) * 256 + i + 64] ?? 0)));
    expect(worst).toBeLessThan(1);
  });
});

describe('the filters', () => {
  it('smooth and differentiate a ramp exactly, but for its rim', () => {
    const kernels = new Kernels();
    const ramp = Float32Array.from({ length: PIXELS }, (_, i) => 3 * (i % CROP_SIZE) - 2 * Math.floor(i / CROP_SIZE));
    const smooth = kernels.smooth(ramp, new Float32Array(PIXELS));
    const gx = new Float32Array(PIXELS);
    const gy = new Float32Array(PIXELS);
    kernels.gradients(ramp, 0, gx, gy);
    for (let j = 1; j < CROP_SIZE - 1; j++)
      for (let i = 1; i < CROP_SIZE - 1; i++) {
        const at = j * CROP_SIZE + i;
        if (
          Math.abs((smooth[at] ?? 0) - (ramp[at] ?? 0)) > 1e-3 ||
          Math.abs((gx[at] ?? 0) - 3) > 1e-3 ||
          Math.abs((gy[at] ?? 0) + 2) > 1e-3
        ) {
          expect.fail(`wrong at ${String(i)}, ${String(j)}`);
        }
      }
  });

  it('measure mean, variance and Laplacian', () => {
    const kernels = new Kernels();
    const random = mulberry32(9);
    const noise = Float32Array.from({ length: PIXELS }, () => 100 + 20 * (random() - 0.5));
    const { mean, variance, laplacian } = kernels.sharpness(noise, 56, 60, 168, 180);
    expect(mean).toBeCloseTo(100, 0);
    expect(variance).toBeCloseTo(400 / 12, -0.3);
    // Independent pixels: the Laplacian's variance is 20 times theirs.
    expect(laplacian / variance).toBeGreaterThan(19);
    expect(laplacian / variance).toBeLessThan(21);
  });
});

describe('the normal equations', () => {
  it('are those of the definition', () => {
    const kernels = new Kernels();
    kernels.setFrame({ width: 8, height: 8, data: new Uint8Array(96).fill(50) });
    const random = mulberry32(3);
    const count = 40;
    const template = Float32Array.from({ length: 8 * count }, () => 4 * random() - 2);
    for (let k = 0; k < count; k++) template[7 * count + k] = random();
    kernels.loadTemplate(template, count);
    kernels.samplePoints({ a: 1, b: 0, tx: 4, ty: 4 }, 0);
    const median = kernels.residuals(2, 47);
    const sums = kernels.normalEquations(5);
    const expected = new Float64Array(29);
    const magnitudes: number[] = [];
    for (let k = 0; k < count; k++) {
      const value = (array: number): number => template[array * count + k] ?? 0;
      const e = 50 - 2 * value(2) - 47;
      magnitudes.push(Math.abs(e));
      const w = value(7) / (1 + (e / 5) ** 2);
      const j = [value(3), value(4), value(5), value(6), value(2), 1];
      let at = 0;
      for (let p = 0; p < 6; p++) for (let q = p; q < 6; q++) expected[at] = (expected[at++] ?? 0) + w * (j[p] ?? 0) * (j[q] ?? 0);
      for (let p = 0; p < 6; p++) expected[21 + p] = (expected[21 + p] ?? 0) + w * e * (j[p] ?? 0);
      expected[27] = (expected[27] ?? 0) + w;
      expected[28] = (expected[28] ?? 0) + w * e * e;
    }
    sums.forEach((value, i) => {
      expect(value, `sum ${String(i)}`).toBeCloseTo(expected[i] ?? 0, 2);
    });
    expect(median).toBeCloseTo(magnitudes.sort((p, q) => p - q)[count / 2] ?? 0, 0);
  });
});
