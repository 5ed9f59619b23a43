import { expect, it } from 'vitest';
import { MOTION_REGIONS, type MotionSample, type SpotterEvent } from '../contract.js';
import { LearnedSpotter } from './learned-spotter.js';
import { CLASS, CLASSES } from './likelihoods.js';
import { TICK } from './ticks.js';

const values = (): Float32Array => new Float32Array(2 * MOTION_REGIONS.length);
const sample = (t: number, quality = 1): MotionSample => ({
  face: 'f1',
  t,
  index: Math.round(t / TICK),
  epoch: 0,
  motion: values(),
  sigma: values(),
  eyes: [0, 0],
  mouth: 0,
  pose: { yaw: 0, pitch: 0, roll: 0 },
  headSpeed: 0,
  turnSpeed: 0,
  quality,
});

/** A micro-expression from 1 to 1.3 s, as the network would tell it, watched until `end`. */
function watched(end: number, quality = 1): SpotterEvent[] {
  const spotter = new LearnedSpotter({
    threshold: () => 0.5,
    calibration: [
      [0, 0],
      [1, 1],
    ],
  });
  const events: SpotterEvent[] = [];
  for (let k = 0; k * TICK < end; k++) {
    const t = k * TICK,
      about = t - 4 * TICK;
    const likelihoods = new Float32Array(CLASSES.length);
    likelihoods[CLASS.micro] = about > 1 && about < 1.3 ? 0.95 : 0;
    likelihoods[CLASS.micro_apex] = Math.exp(-0.5 * ((about - 1.14) / 0.03) ** 2);
    events.push(...spotter.push(sample(t, quality), [{ face: 'f1', t, values: likelihoods }]));
  }
  return [...events, ...spotter.flush()].filter(({ type }) => type !== 'signal');
}

it('opens at the apex and closes after it, with a score', () => {
  const events = watched(2);
  expect(events.map(({ type }) => type)).toEqual(['opened', 'closed']);
  expect(events[1]).toMatchObject({ window: { kind: 'micro', face: 'f1', score: expect.closeTo(0.97, 1) } });
});

it("says nothing of a face that can't be measured", () => {
  expect(watched(2, 0.3)).toEqual([]);
});

it('takes back what missing frames cut off before it was a movement', () => {
  const spotter = new LearnedSpotter({
    threshold: () => 0.5,
    calibration: [
      [0, 0],
      [1, 1],
    ],
  });
  const events: SpotterEvent[] = [];
  [0, 0.5, 1, 0.4].forEach((bell, k) => {
    const likelihoods = new Float32Array(CLASSES.length);
    likelihoods[CLASS.micro] = bell;
    likelihoods[CLASS.micro_apex] = bell;
    events.push(...spotter.push(sample(1 + k * TICK), [{ face: 'f1', t: 1 + k * TICK, values: likelihoods }]));
  });
  events.push(...spotter.flush());
  expect(events.filter(({ type }) => type !== 'signal')).toMatchObject([{ type: 'opened' }, { type: 'withdrawn', reason: 'gap' }]);
});

it('takes back what was at its apex already when it was first seen', () => {
  const spotter = new LearnedSpotter({
    threshold: () => 0.5,
    calibration: [
      [0, 0],
      [1, 1],
    ],
  });
  const events: SpotterEvent[] = [];
  for (let k = 0; k < 30; k++) {
    const likelihoods = new Float32Array(CLASSES.length);
    likelihoods[CLASS.micro] = k < 12 ? 0.95 : 0;
    likelihoods[CLASS.micro_apex] = Math.exp(-0.5 * (k / 1.5) ** 2);
    events.push(...spotter.push(sample(1 + k * TICK), [{ face: 'f1', t: 1 + k * TICK, values: likelihoods }]));
  }
  expect(events.filter(({ type }) => type !== 'signal')).toMatchObject([{ type: 'opened' }, { type: 'withdrawn', reason: 'gap' }]);
});

/** A first and a second maximum, 0.16 s apart, at which the left and the right brow have moved so far. */
function twoSides(left: number, right: number): SpotterEvent[] {
  const spotter = new LearnedSpotter({
    threshold: () => 0.5,
    calibration: [
      [0, 0],
      [1, 1],
    ],
  });
  const events: SpotterEvent[] = [];
  const bell = (t: number, apex: number): number => Math.exp(-0.5 * ((t - apex) / 0.03) ** 2);
  for (let k = 0; k < 100; k++) {
    const t = k * TICK,
      about = t - 4 * TICK;
    const likelihoods = new Float32Array(CLASSES.length);
    likelihoods[CLASS.micro] = about > 1 && about < 1.45 ? 0.95 : 0;
    likelihoods[CLASS.micro_apex] = Math.max(bell(about, 1.14), bell(about, 1.3));
    const seen = sample(t);
    seen.sigma.fill(0.02);
    seen.motion[2 * MOTION_REGIONS.indexOf('brow_inner_left') + 1] = -left * bell(t, 1.14);
    seen.motion[2 * MOTION_REGIONS.indexOf('brow_inner_right') + 1] = -right * bell(t, 1.3);
    // A blink at the second maximum.
    seen.motion[2 * MOTION_REGIONS.indexOf('eyelid_left') + 1] = 5 * bell(t, 1.3);
    events.push(...spotter.push(seen, [{ face: 'f1', t, values: likelihoods }]));
  }
  return events.filter(({ type }) => type !== 'signal');
}

it('moves the apex to a second side that is clearly stronger, in one window, with its regions', () => {
  const events = twoSides(1, 2);
  expect(events).toMatchObject([
    { type: 'opened', window: { apex: expect.closeTo(1.14, 1), regions: ['brow_inner_left'] } },
    { type: 'updated', window: { apex: expect.closeTo(1.3, 2), score: expect.closeTo(0.97, 1) } },
    { type: 'closed', window: { apex: expect.closeTo(1.3, 2), regions: expect.arrayContaining(['brow_inner_right']) } },
  ]);
  expect(new Set(events.map((event) => ('window' in event ? event.window.key : ''))).size).toBe(1);
});

it('keeps the first apex where the second side is no stronger, whatever the lids do', () => {
  expect(twoSides(2, 2).map(({ type }) => type)).toEqual(['opened', 'closed']);
  expect(twoSides(2, 2.2).map(({ type }) => type)).toEqual(['opened', 'closed']);
});
