import { afterAll, expect, it } from 'vitest';
import { readSpotterModel, Spotting, SpotterNet, type SpotterEvent } from '../../src/spotting/mod.js';
import { simulate } from '../support/simulated-motion.js';

const model = readSpotterModel();
const net = new SpotterNet(model);
afterAll(() => {
  net.close();
});

/** What the committed network makes of a left brow that rises at 4 s and a right one that follows. */
function watched(left: number, right: number, later: number): SpotterEvent[] {
  const spotting = new Spotting({ model, microMax: 0.5, sensitivity: 1, falseAlarms: 2 });
  const face = spotting.watch(spotting.controls()),
    stream = net.follow();
  const course = { rise: 0.12, hold: 0.02, fall: 0.16 };
  const expressions = [
    { ...course, onset: 4, peaks: { brow_outer_left: [0, -0.8 * left], brow_inner_left: [0, -left] } },
    { ...course, onset: 4 + later, peaks: { brow_outer_right: [0, -0.8 * right], brow_inner_right: [0, -right] } },
  ] as const;
  return [...simulate({ fps: 30, seconds: 6, noise: 0.03, expressions })]
    .flatMap((sample) => face.push(sample, stream.push(sample)))
    .filter(({ type }) => type !== 'signal');
}

it('keeps two sides at different times as one, with the apex of the stronger', () => {
  const events = watched(1, 2.5, 0.24);
  expect(events.map(({ type }) => type)).toEqual(['opened', 'updated', 'closed']);
  const apexes = events.map((event) => ('window' in event ? event.window.apex : NaN));
  expect(Math.abs(apexes[0]! - 4.13)).toBeLessThan(0.05);
  expect(Math.abs(apexes[2]! - 4.37)).toBeLessThan(0.05);
  const weaker = watched(2.5, 1, 0.24);
  expect(Math.max(...weaker.map((event) => ('window' in event ? event.window.apex : NaN)))).toBeLessThan(4.2);
});
