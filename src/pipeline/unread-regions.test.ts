import { expect, it } from 'vitest';
import { MOTION_REGIONS, UNREADABLE, type MotionSample } from '../spotting/contract.js';
import { UnreadRegions } from './unread-regions.js';

const chin = MOTION_REGIONS.indexOf('chin');
const sample = (t: number, lost: boolean, face = 'f1'): MotionSample => ({
  face,
  t,
  index: Math.round(30 * t),
  epoch: 0,
  motion: new Float32Array(30),
  sigma: Float32Array.from({ length: 30 }, (_, c) => (lost && c >> 1 === chin ? UNREADABLE : 0.1)),
  eyes: [0.3, 0.3],
  mouth: 0,
  pose: { yaw: 0, pitch: 0, roll: 0 },
  headSpeed: 0,
  turnSpeed: 0,
  quality: 1,
});

it('counts seconds in which a region of a face could not be read, by reason', () => {
  const unread = new UnreadRegions();
  for (let k = 0; k <= 90; k++) unread.see(sample(k / 30, k > 30), k > 60 ? 'too_dark' : undefined);
  expect(unread.totals()).toEqual([{ face: 'f1', watched: 3, regions: { chin: { lost: 1, too_dark: 1 } } }]);
});

it('tells of the faces seen lately, and hands seconds over all faces out once', () => {
  const unread = new UnreadRegions();
  for (let k = 0; k <= 30; k++) for (const face of ['f1', 'f2']) unread.see(sample(k / 30, true, face), undefined);
  expect(unread.recent().map(({ face }) => face)).toEqual(['f1', 'f2']);
  unread.see(sample(31 / 30, true, 'f2'), undefined);
  expect(unread.recent()).toEqual([{ face: 'f2', watched: 1.03, regions: { chin: { lost: 1.03 } } }]);
  expect(unread.recent()).toEqual([]);
  const counted: unknown[] = [];
  unread.take((region, reason, seconds) => counted.push([region, reason, Math.round(30 * seconds)]));
  unread.take((...more) => counted.push(more));
  expect(counted).toEqual([['chin', 'lost', 61]]);
});

it('does not count pauses, and is bounded', () => {
  const unread = new UnreadRegions();
  unread.see(sample(0, true), undefined);
  unread.see(sample(5, true), undefined);
  for (let k = 0; k < 100; k++) unread.see(sample(0, true, `g${String(k)}`), undefined);
  expect(unread.totals()).toHaveLength(16);
  expect(unread.totals()[0]).toEqual({ face: 'f1', watched: 0, regions: {} });
});
