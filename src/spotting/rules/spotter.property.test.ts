import fc from 'fast-check';
import { expect, it } from 'vitest';
import { runs } from '../../../tests/support/property-runs.js';
import { courseOf, gaussian, type SimulatedExpression } from '../../../tests/support/simulated-motion.js';
import { MOTION_REGIONS, type MotionRegion, type MotionSample } from '../contract.js';
import { Spotter } from './spotter.js';

const expression: fc.Arbitrary<SimulatedExpression> = fc.record({
  onset: fc.double({ min: 0, max: 9, noNaN: true }),
  rise: fc.double({ min: 0.01, max: 1.5, noNaN: true }),
  hold: fc.double({ min: 0, max: 5, noNaN: true }),
  fall: fc.double({ min: 0.01, max: 1.5, noNaN: true }),
  peaks: fc.dictionary(
    fc.constantFrom(...MOTION_REGIONS),
    fc.tuple(fc.double({ min: -8, max: 8, noNaN: true }), fc.double({ min: -8, max: 8, noNaN: true })),
    { maxKeys: 6 },
  ),
});

const signal = fc.record({
  fps: fc.constantFrom(14, 24, 30, 60, 200),
  expressions: fc.array(expression, { maxLength: 5 }),
  noise: fc.constantFrom(0, 0.05, 0.3, 2),
  seed: fc.integer(),
  dropped: fc.double({ min: 0, max: 0.3, noNaN: true }),
  spoiled: fc.double({ min: 0, max: 0.05, noNaN: true }),
  epochs: fc.boolean(),
});

type Signal = typeof signal extends fc.Arbitrary<infer T> ? T : never;

/** Anything that a broken camera, or a broken stage before, may send. */
function* samples({ fps, expressions, noise, seed, dropped, spoiled, epochs }: Signal): Generator<MotionSample> {
  const gauss = gaussian(seed);
  const chance = (p: number): boolean => Math.abs(gauss()) < 1.2533 * p;
  for (let index = 0; index < 10 * fps; index++) {
    if (chance(dropped)) continue;
    const t = index / fps;
    const motion = new Float32Array(2 * MOTION_REGIONS.length).map(() => noise * gauss());
    for (const each of expressions) {
      for (const [region, [u, v]] of Object.entries(each.peaks) as [MotionRegion, readonly [number, number]][]) {
        const r = MOTION_REGIONS.indexOf(region);
        motion[2 * r]! += u * courseOf(each, t);
        motion[2 * r + 1]! += v * courseOf(each, t);
      }
    }
    if (chance(spoiled)) motion[Math.abs(seed) % motion.length] = Number.NaN;
    const shut = chance(spoiled) ? 0.05 : 0.3;
    yield {
      face: 'f1',
      t: chance(spoiled) ? t - 0.5 : t,
      index,
      epoch: epochs ? Math.floor(t / 3) : 0,
      motion,
      sigma: new Float32Array(motion.length).fill(noise),
      eyes: [shut, shut],
      mouth: 0,
      pose: { yaw: 0, pitch: 0, roll: 0 },
      headSpeed: chance(spoiled) ? Number.NaN : 1,
      turnSpeed: chance(spoiled) ? 3 : 0.01,
      quality: chance(spoiled) ? 0 : 1,
    };
  }
}

it('opens, revises and ends each window in order, whatever comes in', () => {
  fc.assert(
    fc.property(signal, (given) => {
      const spotter = new Spotter();
      const open = new Map<string, { kind: string; revisions: number }>();
      const seen = new Set<string>();
      let free = 0;
      const check = (events: ReturnType<Spotter['push']>, t: number): void => {
        for (const event of events) {
          if (event.type === 'signal') {
            expect(event.motion).toBeGreaterThanOrEqual(0);
            expect(event.threshold).toBeGreaterThan(0);
            continue;
          }
          if (event.type === 'reset') continue;
          const { window } = event;
          const before = open.get(window.key);
          expect(window.onset).toBeGreaterThanOrEqual(0);
          expect(window.apex).toBeGreaterThanOrEqual(window.onset);
          expect(window.apex).toBeLessThanOrEqual(t);
          expect(window.score).toBeGreaterThanOrEqual(0);
          expect(window.score).toBeLessThanOrEqual(1);
          expect(window.peak).toBeGreaterThan(0);
          expect(window.regions.length).toBeGreaterThan(0);
          if (event.type === 'opened') {
            expect(seen.has(window.key)).toBe(false);
            expect(open.size).toBe(0);
            expect(t - window.apex).toBeLessThanOrEqual(0.15 + 1e-9);
            expect(window.onset).toBeGreaterThanOrEqual(free);
            expect(window.offset).toBeUndefined();
            seen.add(window.key);
            open.set(window.key, { kind: window.kind, revisions: 0 });
            continue;
          }
          expect(before).toBeDefined();
          const revisions = before!.revisions + (window.kind === before!.kind ? 0 : 1);
          expect(revisions).toBeLessThanOrEqual(1);
          if (event.type === 'updated') {
            open.set(window.key, { kind: window.kind, revisions });
            continue;
          }
          // A kind never changes without having been said in an update.
          expect(window.kind).toBe(before!.kind);
          if (event.type === 'closed') {
            if (window.offset !== undefined) {
              expect(window.offset).toBeGreaterThanOrEqual(window.apex);
              expect(window.offset).toBeLessThanOrEqual(t);
              free = window.offset;
            }
            if (window.kind === 'micro' && window.offset !== undefined)
              expect(window.offset - window.onset).toBeLessThanOrEqual(0.5 + 1e-9);
          }
          open.delete(window.key);
        }
      };
      let last = 0;
      for (const sample of samples(given)) {
        last = Math.max(last, sample.t);
        check(spotter.push(sample), last);
      }
      check(spotter.flush(), last);
      expect(open.size).toBe(0);
      expect(spotter.flush()).toEqual([]);
    }),
    { numRuns: runs(150) },
  );
});

it('says the same to the same input', () => {
  fc.assert(
    fc.property(signal, (given) => {
      const run = (): unknown[] => {
        const spotter = new Spotter();
        return [...[...samples(given)].flatMap((sample) => spotter.push(sample)), ...spotter.flush()];
      };
      expect(run()).toEqual(run());
    }),
    { numRuns: runs(10) },
  );
});
