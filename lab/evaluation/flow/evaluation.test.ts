import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runs } from '../../../tests/support/property-runs.js';
import { analyticFlow } from '../../../tests/support/analytic-flow.js';
import { encodeFlo } from '../../../src/flow/flo-file.js';
import { mulberry32 } from '../../../src/common/mulberry32.js';
import { intervalByIdentity } from './bootstrap.js';
import { measurePair } from './measures.js';
import { differencesOf, listPairs, readPair } from './meflow-dataset.js';

const all = new Uint8Array(224 * 224).fill(1);
const still = analyticFlow(() => [0, 0]);

describe('measurePair', () => {
  it('is what its names say, on flows that can be reckoned by hand', () => {
    // Half of the face moves 2 px to the right by expression; the head goes 1 px down everywhere.
    const facial = analyticFlow((x) => [x < 112 ? 2 : 0, 1]);
    const head = analyticFlow(() => [0, 1]);
    // The estimate misses the head, and sees the expression as 1 px right and 1 px up.
    const got = measurePair(
      analyticFlow((x) => (x < 112 ? [1, -1] : [0, 0])),
      still,
      { facial, head, counted: all },
    );
    expect(got.epe).toBeCloseTo((Math.hypot(1, 2) + 1) / 2, 6);
    expect(got.epe_moving).toBeCloseTo(Math.hypot(1, 2), 6);
    expect(got.expression_epe).toBeCloseTo(Math.hypot(1, 1) / 2, 6);
    expect(got.expression_epe_moving).toBeCloseTo(Math.hypot(1, 1), 6);
    expect(got.angular_error).toBeCloseTo(45, 4);
    expect(got.null_expression).toBeNaN();
    expect(got.zero_epe).toBeCloseTo((Math.hypot(2, 1) + 1) / 2, 6);
    expect(got.zero_expression_epe).toBeCloseTo(1, 6);
  });

  it('counts only what is face and visible', () => {
    const counted = all.map((_, i) => (i % 224 < 50 ? 1 : 0));
    const got = measurePair(
      analyticFlow((x) => [x < 50 ? 0 : 9, 0]),
      still,
      { facial: still, head: still, counted },
    );
    expect(got.epe).toBe(0);
    expect(got.epe_moving).toBeNaN();
    expect(got.null_expression).toBe(0);
  });

  it('is perfect on the truth itself', () => {
    const facial = analyticFlow((x, y) => [Math.sin(x / 9), Math.cos(y / 7)]);
    const got = measurePair(facial, still, { facial, head: still, counted: all });
    expect(got).toMatchObject({ epe: 0, epe_moving: 0, expression_epe: 0 });
    expect(got.angular_error).toBeLessThan(0.01);
  });
});

describe('intervalByIdentity', () => {
  it('holds the mean, is the same each time, and does not hang on the order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ value: fc.double({ min: 0, max: 10, noNaN: true }), who: fc.constantFrom('a', 'b', 'c', 'd') }), {
          minLength: 1,
          maxLength: 30,
        }),
        (rows) => {
          const interval = intervalByIdentity(
            rows.map(({ value }) => value),
            rows.map(({ who }) => who),
            200,
          );
          const mean = rows.reduce((sum, { value }) => sum + value, 0) / rows.length;
          expect(interval?.mean).toBeCloseTo(mean, 9);
          const people = new Map<string, number[]>();
          for (const { who, value } of rows) people.set(who, [...(people.get(who) ?? []), value]);
          const means = [...people.values()].map((values) => values.reduce((a, b) => a + b) / values.length);
          expect(interval?.low).toBeGreaterThanOrEqual(Math.min(...means) - 1e-9);
          expect(interval?.high).toBeLessThanOrEqual(Math.max(...means) + 1e-9);
          const turned = rows.toReversed();
          expect(
            intervalByIdentity(
              turned.map(({ value }) => value),
              turned.map(({ who }) => who),
              200,
            )?.low,
          ).toBeCloseTo(interval?.low ?? NaN, 9);
        },
      ),
      { numRuns: runs(50) },
    );
  });

  it('covers a known mean about as often as it says', () => {
    const random = mulberry32(7);
    const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    let covered = 0;
    for (let trial = 0; trial < 200; trial++) {
      const people = Array.from({ length: 40 }, () => normal());
      const rows = people.flatMap((mean, who) => [0, 1, 2].map(() => ({ who: String(who), value: mean + 0.3 * normal() })));
      const interval = intervalByIdentity(
        rows.map(({ value }) => value),
        rows.map(({ who }) => who),
        200,
        trial,
      );
      if (interval && interval.low < 0 && interval.high > 0) covered++;
    }
    expect(covered / 200).toBeGreaterThan(0.88);
    expect(covered / 200).toBeLessThan(0.99);
  });

  it('leaves out what is not defined', () => {
    expect(intervalByIdentity([NaN], ['a'])).toBeUndefined();
    expect(intervalByIdentity([NaN, 2], ['a', 'b'])).toEqual({ mean: 2, low: 2, high: 2, count: 1 });
  });
});

describe('a MEFlowDataset folder', () => {
  const fixtures = fileURLToPath(new URL('../../../training/tests/fixtures/meflowdataset', import.meta.url));
  let root: string;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'meflow-'));
  });
  afterAll(() => rm(root, { recursive: true }));

  it('is listed and read', async () => {
    const pairs = await listPairs(fixtures);
    expect(pairs.map(({ split }) => split)).toEqual(['test', 'test', 'test', 'val']);
    expect(await listPairs(fixtures, 1)).toHaveLength(2);
    const { crops, truth } = await readPair(pairs[1] ?? { folder: '', split: '', identity: '', level: '' });
    expect(crops.onset).toHaveLength(224 * 224);
    expect(truth.facial).toMatchObject({ width: 224, height: 224 });
    expect(truth.counted.reduce((a, b) => a + b, 0)).toBeGreaterThan(10_000);
  });

  it('says which pairs are not there', async () => {
    expect(await differencesOf(fixtures)).toEqual([]);
    const partial = join(root, 'partial');
    await cp(fixtures, partial, { recursive: true });
    await rm(join(partial, 'test', '000002'), { recursive: true });
    await rm(join(partial, 'val'), { recursive: true });
    expect(await differencesOf(partial)).toEqual([
      'split val has 0 pairs here, but dataset.json lists 1: metrics cover only those present',
      'split test has 2 pairs here, but dataset.json lists 3: metrics cover only those present',
    ]);
    await writeFile(join(partial, 'dataset.json'), '{}');
    expect(await differencesOf(partial)).toEqual([]);
    await rm(partial, { recursive: true });
  });

  it("is refused, damaged, with the file's name", async () => {
    await expect(listPairs(root)).rejects.toMatchObject({
      code: 'flow_file_invalid',
      message: expect.stringContaining('dataset.json') as string,
    });
    await cp(fixtures, root, { recursive: true });
    const folder = join(root, 'val', '000003');
    const pair = { folder, split: 'val', identity: 'x', level: '' };
    await writeFile(join(folder, 'facial.flo.gz'), gzipSync(encodeFlo({ width: 2, height: 2, data: new Float32Array(8) })));
    await expect(readPair(pair)).rejects.toMatchObject({ code: 'flow_file_invalid', message: expect.stringContaining('2x2') as string });
    await writeFile(
      join(folder, 'facial.flo.gz'),
      gzipSync(encodeFlo({ width: 224, height: 224, data: new Float32Array(2 * 224 * 224).fill(NaN) })),
    );
    await expect(readPair(pair)).rejects.toMatchObject({
      code: 'flow_file_invalid',
      message: expect.stringMatching(/facial flow of .* contains non-finite values/) as string,
    });
    await writeFile(join(folder, 'facial.flo.gz'), gzipSync(Buffer.alloc(5_000_000)));
    await expect(readPair(pair)).rejects.toMatchObject({
      code: 'flow_file_invalid',
      message: expect.stringContaining("can't be unpacked") as string,
    });
    await writeFile(join(folder, 'pair.json'), '{"split": 3}');
    await expect(listPairs(root)).rejects.toMatchObject({
      code: 'flow_file_invalid',
      message: expect.stringContaining('pair.json') as string,
    });
  });
});
