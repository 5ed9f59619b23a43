import { expect, it } from 'vitest';
import { BROW_RAISE, simulate } from '../../tests/support/simulated-motion.js';
import type { Window } from './contract.js';
import { Spotting, thresholdFor } from './face-spotter.js';
import { interpolate } from './learned/learned-spotter.js';
import type { SpotterModel } from './learned/model-file.js';

const model: SpotterModel = {
  path: '',
  source: 'x@0',
  state: [0],
  calibration: [
    [0, 0],
    [1, 1],
  ],
  alarms: [
    [0.1, 4],
    [0.5, 1],
    [0.9, 0],
  ],
};
const options = { microMax: 0.5, sensitivity: 1, falseAlarms: 0.5 };

it('holds no more false alarms a minute than the model knows a threshold for, and says so', () => {
  const controls = new Spotting({ ...options, model }).controls();
  const moved = [0.02, 1, 5, 20].map((perMinute) => {
    controls.falseAlarms = perMinute;
    return controls.falseAlarms;
  });
  expect(moved).toEqual([0.02, 1, 4, 4]);
  expect(new Set(moved.map((perMinute) => thresholdFor(model.alarms, perMinute))).size).toBe(3);
  expect(new Spotting({ ...options, model, falseAlarms: 20 }).controls().falseAlarms).toBe(4);
  expect(new Spotting({ ...options, falseAlarms: 20 }).controls().falseAlarms).toBe(20);
});

it("replaces scores by the share of alerts that a lab's coders accept, and changes nothing else", () => {
  const calibration = [
    [0, 0.05],
    [1, 0.45],
  ] as const;
  const windows = (calibrated: boolean): Window[] => {
    const spotting = new Spotting({ ...options, ...(calibrated ? { calibration } : {}) });
    const spotter = spotting.watch(spotting.controls());
    const samples = [...simulate({ fps: 30, seconds: 8, expressions: [{ onset: 5, rise: 0.15, fall: 0.15, peaks: BROW_RAISE }] })];
    const events = [...samples.flatMap((sample) => spotter.push(sample, [])), ...spotter.flush()];
    return events.flatMap((event) => ('window' in event ? [event.window] : []));
  };
  const raw = windows(false);
  expect(raw.length).toBeGreaterThan(0);
  expect(windows(true)).toEqual(raw.map((window) => ({ ...window, score: interpolate(calibration, window.score) })));
});
