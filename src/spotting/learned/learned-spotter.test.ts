import { expect, it } from 'vitest';
import { MOTION_REGIONS, type MotionSample, type SpotterEvent } from '../window.js';
import { LearnedSpotter } from './learned-spotter.js';
import { CLASS, CLASSES } from './likelihoods.js';
import { TICK } from './ticks.js';

const values = (): Float32Array => new Float32Array(2 * MOTION_REGIONS.length);
const sample = (t: number, quality = 1): MotionSample => ({
  face: 'f1', t, index: Math.round(t / TICK), epoch: 0, motion: values(), sigma: values(), eyes: [0, 0], mouth: 0, pose: { yaw: 0, pitch: 0, roll: 0 }, headSpeed: 0, turnSpeed: 0, quality,
});

/** A micro-expression from 1 to 1.3 s, as the network would tell it, watched until `end`. */
function watched(end: number, quality = 1): SpotterEvent[] {
  const spotter = new LearnedSpotter({ threshold: () => 0.5, calibration: [[0, 0], [1, 1]] });
  const events: SpotterEvent[] = [];
  for (let k = 0; k * TICK < end; k++) {
    const t = k * TICK, about = t - 4 * TICK;
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

it('says nothing of a face that can\'t be measured', () => {
  expect(watched(2, 0.3)).toEqual([]);
});

it('takes back what missing frames cut off before it was a movement', () => {
  const spotter = new LearnedSpotter({ threshold: () => 0.5, calibration: [[0, 0], [1, 1]] });
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
  const spotter = new LearnedSpotter({ threshold: () => 0.5, calibration: [[0, 0], [1, 1]] });
  const events: SpotterEvent[] = [];
  for (let k = 0; k < 30; k++) {
    const likelihoods = new Float32Array(CLASSES.length);
    likelihoods[CLASS.micro] = k < 12 ? 0.95 : 0;
    likelihoods[CLASS.micro_apex] = Math.exp(-0.5 * (k / 1.5) ** 2);
    events.push(...spotter.push(sample(1 + k * TICK), [{ face: 'f1', t: 1 + k * TICK, values: likelihoods }]));
  }
  expect(events.filter(({ type }) => type !== 'signal')).toMatchObject([{ type: 'opened' }, { type: 'withdrawn', reason: 'gap' }]);
});
