import { expect, it } from 'vitest';
import { REGION_NAMES } from '../../flow/regions.js';
import { MellmModel, type SpokenOf } from './mellm-model.js';
import { readModelFiles } from './model-files.js';

const still: SpokenOf['rois'] = REGION_NAMES.map((region) => ({
  region,
  mean_magnitude: 0,
  max_magnitude: 0,
  direction: 'No clear dominant direction',
  angle_deg: null,
  concentration: 0,
}));

it('loads the network only for a report that its rules cannot answer', () => {
  const model = new MellmModel(readModelFiles());
  const shape = { eyes: [9, 9], lips: 0.5, mouth: 48, red: 15, jaw: 66 } as const;
  const measured = { rois: still.map((roi) => ({ ...roi, sigma: 0.1 })), shape: { onset: shape, apex: shape } };
  expect([...model.speak(measured, true)].length).toBeGreaterThan(1);
  expect(model.loaded).toBe(false);
  expect(model.speak({ rois: still }, true).next().value).toMatchObject({ nothing: true });
  expect(model.loaded).toBe(true);
  model.close();
});
