import { expect, it } from 'vitest';
import { annotationSchema } from '../../events/schema.js';
import type { FlowReport } from '../../flow/contract.js';
import type { Description } from '../../llm/contract.js';
import type { Window } from '../../spotting/contract.js';
import { toAnnotation, type FinishedAlert } from './to-annotation.js';

const OPEN: Window = { key: 'f1-1', face: 'f1', kind: 'micro', onset: 1, apex: 1.12, score: 0.8, peak: 1, regions: [] };
const WINDOW: Window = { ...OPEN, offset: 1.3 };
const REPORT: FlowReport = {
  rois: [
    { region: 'Upper Lip', mean_magnitude: 0.123_456, max_magnitude: 1.234_56, direction: 'up', angle_deg: 90.04, concentration: 0.987_6 },
  ],
  head: { u: 0, v: 0, rotation: 0 },
  source: 'meflownet@12345678',
  ms: 4.26,
};
const DESCRIPTION: Description = { text: 'The lip rises.', aus: [], source: 'embedded@12345678', ms: 9 };
const alert = (parts: Partial<FinishedAlert>): FinishedAlert => ({
  id: 's-1',
  session: 's',
  spotMs: 12,
  state: { window: WINDOW, withdrawn: undefined },
  measured: { report: REPORT },
  described: { description: DESCRIPTION },
  ...parts,
});

it('is whole, rounded and valid where everything succeeded', () => {
  const annotation = toAnnotation(alert({}));
  expect(annotationSchema.safeParse(annotation).error?.message).toBeUndefined();
  expect(annotation).toMatchObject({
    rois: [{ mean_magnitude: 0.1235, max_magnitude: 1.2346, angle_deg: 90, concentration: 0.988 }],
    latency_ms: { spot: 12, flow: 4.3, mellm: 9 },
    source: { flow: 'meflownet@12345678', mellm: 'embedded@12345678' },
  });
  expect(annotation).not.toHaveProperty('incomplete');
  expect(annotation).not.toHaveProperty('failure_reason');
});

it('names what is missing, and why', () => {
  expect(
    toAnnotation(alert({ state: { window: OPEN, withdrawn: undefined }, measured: { failure: 'no_crops' }, described: {} })),
  ).toMatchObject({ offset: null, incomplete: ['offset', 'flow', 'mellm'], failure_reason: { flow: 'no_crops' }, rois: [], text: '' });
  const silent = toAnnotation(alert({ described: { failure: 'expired' } }));
  expect(silent).toMatchObject({ incomplete: ['mellm'], failure_reason: { mellm: 'expired' } });
});

it('gives no failure of a part that is there', () => {
  const annotation = toAnnotation(alert({ described: { description: DESCRIPTION, failure: 'expired' } }));
  expect(annotation).not.toHaveProperty('failure_reason');
});

it('lacks nothing where the alert was withdrawn', () => {
  const annotation = toAnnotation(alert({ state: { window: WINDOW, withdrawn: 'blink' }, measured: {}, described: {} }));
  expect(annotation).toMatchObject({ withdrawn: 'blink', source: { flow: null, mellm: null } });
  expect(annotation).not.toHaveProperty('incomplete');
  expect(annotation).not.toHaveProperty('failure_reason');
});
