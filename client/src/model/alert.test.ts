import { describe, expect, it } from 'vitest';
import type { Annotation, Event } from '../../../src/events/schema.js';
import { alertId, announce, applyToAlert, strongest, type Alert } from './alert.js';

const common = { session: 's', t: 1 };
const opened: Event = {
  type: 'annotation.opened',
  ...common,
  seq: 1,
  annotation: 'a1',
  face: 'f1',
  kind: 'micro',
  onset: 1,
  apex: 1.2,
  score: 0.5,
};
const annotation: Annotation = {
  id: 'a1',
  session: 's',
  face: 'f1',
  kind: 'micro',
  onset: 1,
  apex: 1.2,
  offset: 1.4,
  score: 0.8,
  aus: [],
  emotion: null,
  rois: [],
  text: 'Whole.',
  source: { flow: null, mellm: null },
  latency_ms: { spot: 100, flow: null, mellm: null },
};
const run = (...events: Event[]): Alert | undefined =>
  events.reduce<Alert | undefined>((alert, event) => applyToAlert(alert, event), undefined);

describe('applyToAlert', () => {
  it('gathers updates and text as they stream', () => {
    const alert = run(
      opened,
      { type: 'annotation.updated', ...common, seq: 2, annotation: 'a1', offset: 1.4, score: 0.7 },
      { type: 'annotation.updated', ...common, seq: 3, annotation: 'a1', mellm: { delta: 'The ' } },
      { type: 'annotation.updated', ...common, seq: 4, annotation: 'a1', mellm: { delta: 'brow' } },
    );
    expect(alert).toMatchObject({ status: 'open', offset: 1.4, score: 0.7, text: 'The brow', streaming: true });
  });

  it('takes the closed annotation as the truth', () => {
    const alert = run(
      opened,
      {
        type: 'annotation.updated',
        ...common,
        seq: 2,
        annotation: 'a1',
        flow: { rois: [], head: { u: 1, v: 0, rotation: 0 }, images: ['flow'] },
      },
      { type: 'annotation.closed', ...common, seq: 3, annotation },
    );
    expect(alert).toMatchObject({ status: 'final', text: 'Whole.', streaming: false, images: ['flow'], head: { u: 1 } });
    expect(run({ type: 'annotation.closed', ...common, seq: 3, annotation: { ...annotation, incomplete: ['mellm'] } })?.status).toBe(
      'incomplete',
    );
    expect(run({ type: 'annotation.closed', ...common, seq: 3, annotation: { ...annotation, withdrawn: 'blink' } })?.status).toBe(
      'withdrawn',
    );
  });

  it('never reopens what is closed', () => {
    const alert = run({ type: 'annotation.closed', ...common, seq: 3, annotation }, opened, {
      type: 'annotation.updated',
      ...common,
      seq: 4,
      annotation: 'a1',
      score: 0.1,
    });
    expect(alert).toMatchObject({ status: 'final', score: 0.8 });
  });

  it('ignores an update without an opening', () => {
    expect(run({ type: 'annotation.updated', ...common, seq: 2, annotation: 'a1', score: 1 })).toBeUndefined();
  });
});

it('knows whom an event is about', () => {
  expect(alertId(opened)).toBe('a1');
  expect(alertId({ type: 'error', ...common, seq: 1, code: 'x', message: 'y' })).toBeUndefined();
});

it('puts the strongest region first and says one sentence', () => {
  const region = (name: string, mean: number): Annotation['rois'][number] => ({
    region: name,
    mean_magnitude: mean,
    max_magnitude: mean,
    direction: 'up',
    angle_deg: 90,
    concentration: 1,
  });
  expect(strongest([region('chin', 0.1), region('brow', 1.2)]).map((one) => one.region)).toEqual(['brow', 'chin']);
  const alert = run(opened);
  expect(alert && announce(alert)).toBe('Micro-expression on face 1 at 1.2 seconds.');
});
