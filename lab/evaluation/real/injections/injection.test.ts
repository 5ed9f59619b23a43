import { describe, expect, it } from 'vitest';
import { ExpressionLibrary } from '../fields/expression-library.js';
import { FaceCanvas } from '../fields/face-field.js';
import { POINTS } from '../track/face-path.js';
import type { Injection } from './draw-injections.js';
import { PlacedField } from './placed-field.js';
import { Pulse } from './pulse.js';
import { warpFrame } from './warp-frame.js';

const library = new ExpressionLibrary();
/** The library's own face, twice as large, in a picture of 480 px. */
const points = new Float32Array(POINTS).fill(240);
for (const [mesh, x, y] of library.landmarks) points.set([2 * x + 16, 2 * y + 16], 2 * mesh);

function smile(peak: number): Injection {
  const field = new FaceCanvas(library, points)
    .field(
      new Map([
        ['mouthSmile_L', 1],
        ['mouthSmile_R', 1],
      ]),
    )
    .scaledTo(peak);
  return { pulse: new Pulse(1, 1.2, 1.4), units: [], peak, peakInFrame: peak, field, points };
}

describe('an injected expression', () => {
  it('moves the corners of the mouth up and outwards by what was asked, and nothing far from them', () => {
    const field = new PlacedField(smile(4), points, 1);
    const [left, right, brow] = [61, 291, 105].map((i) => {
      const moved = new Float64Array(2);
      field.at(points[2 * i]!, points[2 * i + 1]!, moved);
      return [...moved] as [number, number];
    });
    expect(smile(4).field.peak).toBeCloseTo(4, 3);
    expect(left![0]).toBeCloseTo(-right![0], 1);
    expect(right![0]).toBeGreaterThan(0.5);
    expect(right![1]).toBeLessThan(-1.5);
    expect(Math.hypot(...brow!)).toBeLessThan(0.1);
  });

  it('is turned and scaled with the face', () => {
    const turned = points.map((_, i) => (i % 2 === 0 ? 400 - 0.5 * points[i + 1]! : 20 + 0.5 * points[i - 1]!));
    const [still, moved] = [new Float64Array(2), new Float64Array(2)];
    new PlacedField(smile(4), points, 1).at(points[582]!, points[583]!, still);
    new PlacedField(smile(4), turned, 1).at(turned[582]!, turned[583]!, moved);
    expect(moved[0]).toBeCloseTo(-0.5 * still[1]!, 3);
    expect(moved[1]).toBeCloseTo(0.5 * still[0]!, 3);
  });

  it('carries every pixel to where the field says', () => {
    const data = new Uint8Array((480 * 480 * 3) / 2).fill(128);
    for (let k = 0; k < 480 * 480; k++) data[k] = (k % 480) / 2;
    const field = new PlacedField(smile(6), points, 1);
    const { data: warped } = warpFrame({ index: 0, t: 0, width: 480, height: 480, data, receivedAt: 0, decodeMs: 0 }, field);
    const moved = new Float64Array(2);
    for (const i of [61, 291, 0, 17]) {
      const x = points[2 * i]!,
        y = points[2 * i + 1]!;
      field.at(x, y, moved);
      const at = Math.floor(y + moved[1]!) * 480 + Math.floor(x + moved[0]!);
      expect(Math.abs(2 * warped[at]! - x)).toBeLessThan(2.2);
    }
    expect(warped.subarray(480 * 480).every((value) => value === 128)).toBe(true);
  });
});

describe('Pulse', () => {
  it('shows a twentieth at onset and offset, all at the apex, nothing before and after', () => {
    const pulse = new Pulse(1, 1.2, 1.5);
    expect([pulse.at(1), pulse.at(1.2), pulse.at(1.5)].map((value) => Number(value.toFixed(3)))).toEqual([0.05, 1, 0.05]);
    expect([pulse.at(pulse.start), pulse.at(pulse.end), pulse.at(0)]).toEqual([0, 0, 0]);
  });
});
