import { expect, it } from 'vitest';
import type { Annotation } from '../../events/mod.js';
import { anAnnotation } from '../../../tests/support/an-annotation.js';
import { decodeBlock, encodeBlock } from './series-block.js';
import { CURVE, CURVES, type SeriesPoint } from './series-curves.js';
import { viewFace } from './series-view.js';

/** A face over time: values by curve, 0 elsewhere. */
function pointsOf(seconds: number, valuesAt: (t: number) => Partial<Record<string, number>>, fps = 30): SeriesPoint[] {
  return Array.from({ length: seconds * fps }, (_, i) => {
    const values = new Float32Array(CURVES.length);
    values[CURVE['threshold']!] = 0.7;
    for (const [name, value] of Object.entries(valuesAt(i / fps))) values[CURVE[name]!] = value!;
    return { t: i / fps, values };
  });
}
const bell = (t: number, at: number, height: number): number => height * Math.exp(-0.5 * ((t - at) / 0.05) ** 2);

it('keeps every value to its step, unknown ones unknown, in some kB a minute', () => {
  const points = pointsOf(10, (t) => ({
    score: bell(t, 5, 0.8),
    yaw: 0.3 * Math.sin(t),
    motion_chin: Math.abs(2 * Math.sin(3 * t)) + 0.05 * Math.sin(400 * t),
    AU12: t < 1 ? Number.NaN : 2,
    fault: 5,
  }));
  const bytes = encodeBlock(points);
  const read = decodeBlock(bytes);
  expect(read.length).toBe(points.length);
  points.forEach(({ t, values }, i) => {
    expect(Math.abs(read[i]!.t - t)).toBeLessThanOrEqual(0.00026);
    CURVES.forEach(({ step }, c) => {
      if (Number.isNaN(values[c])) expect(read[i]!.values[c]).toBeNaN();
      else expect(Math.abs(read[i]!.values[c]! - values[c]!)).toBeLessThanOrEqual(step * 0.51);
    });
  });
  expect(bytes.length * 6).toBeLessThan(20_000);
});

it('loses no peak at any zoom, and marks gaps and faults', () => {
  const points = pointsOf(600, (t) => ({ score: bell(t, 432.1, 0.9), fault: t >= 100 && t < 102 ? 3 : 0 })).filter(
    ({ t }) => t < 200 || t > 210,
  );
  const options = { from: 0, to: 600, points: 200, curves: ['score'], annotations: [] };
  const view = viewFace('f1', points, options);
  expect(view.t.length).toBeLessThanOrEqual(200);
  expect(Math.max(...view.curves['score']!.max.map(Number))).toBeGreaterThan(0.85);
  expect(view.gaps).toEqual([{ from: expect.closeTo(200, 1), to: expect.closeTo(210, 1) }]);
  expect(view.faults).toEqual([{ fault: 'too_bright', from: 100, to: expect.closeTo(102, 1) }]);
  const near = viewFace('f1', points, { ...options, from: 432, to: 432.5 });
  expect(near.t.length).toBe(16);
});

it('says of every peak outside of alerts why it raised none', () => {
  const causes = { 1: {}, 3: { blink: 1 }, 5: { head: 1 }, 7: { speech: 1 }, 9: { fault: 1 }, 13: {} } as Record<
    number,
    Record<string, number>
  >;
  const at = [1, 3, 5, 7, 9, 11, 13];
  const points = pointsOf(15, (t) => ({
    score: at.reduce((sum, peak) => sum + bell(t, peak, peak === 11 ? 0.9 : 0.4), 0),
    ...Object.fromEntries(at.flatMap((peak) => (Math.abs(t - peak) < 0.1 ? Object.entries(causes[peak] ?? {}) : []))),
  }));
  const window = (from: number): Annotation => anAnnotation(`s-${String(from)}`, { onset: from - 0.2, apex: from, offset: from + 0.2 });
  const annotations: Annotation[] = [window(11), { ...window(13), withdrawn: 'nuisance' }];
  const { peaks } = viewFace('f1', points, { from: 0, to: 20, points: 100, curves: [], annotations });
  expect(peaks.map(({ t, reason }) => [t, reason])).toEqual([
    [1, 'below_threshold'],
    [3, 'blink'],
    [5, 'head'],
    [7, 'speech'],
    [9, 'cannot_see'],
    [13, 'withdrawn'],
  ]);
});
