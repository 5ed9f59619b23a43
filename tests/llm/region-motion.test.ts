import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { RegionMotion } from '../../src/events/schema.js';
import { decodeFlo, measureRegions, type FlowField } from '../../src/flow/mod.js';

const golden = JSON.parse(readFileSync(new URL('fixtures/region-motion.json', import.meta.url), 'utf8')) as {
  landmarks: number[];
  pairs: Record<string, RegionMotion[]>;
};

function flow(pair: string, name: string): FlowField {
  return decodeFlo(
    gunzipSync(readFileSync(new URL(`../../training/tests/fixtures/meflowdataset/${pair}/${name}.flo.gz`, import.meta.url))),
  );
}

describe('region motion, here and in training', () => {
  it.each(Object.keys(golden.pairs))('gives the same measurements for %s', (pair) => {
    const facial = flow(pair, 'facial');
    const head = flow(pair, 'head');
    const expression = { ...facial, data: facial.data.map((value, i) => value - (head.data[i] ?? 0)) };
    const measured = measureRegions(expression, Float32Array.from(golden.landmarks));
    expect(measured.map(({ region, direction }) => [region, direction])).toEqual(
      golden.pairs[pair]?.map(({ region, direction }) => [region, direction]),
    );
    measured.forEach((region, i) => {
      const expected = golden.pairs[pair]?.[i];
      expect(Math.abs(region.mean_magnitude - (expected?.mean_magnitude ?? 9))).toBeLessThan(1e-3);
      expect(Math.abs(region.max_magnitude - (expected?.max_magnitude ?? 9))).toBeLessThan(1e-3);
      expect(Math.abs(region.concentration - (expected?.concentration ?? 9))).toBeLessThan(1e-3);
      expect(Math.abs((region.angle_deg ?? 0) - (expected?.angle_deg ?? 0))).toBeLessThan(0.5);
    });
  });
});
