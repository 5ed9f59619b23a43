import type { DurableEvent } from '../../src/events/schema.js';

// What the golden files hold: changing it changes them.

export const AT = '2026-11-21T10:00:00.000Z';

export const BEGIN = {
  at: AT,
  node: 'n1',
  session: { id: 's1', name: 'Zoë', made_with: { version: '0.1.0', models: ['meflownet@01234567'], settings: { 'llm.emotion': true } } },
};

const ROI = {
  region: 'left lip corner',
  mean_magnitude: 0.5,
  max_magnitude: 1,
  direction: 'up',
  angle_deg: 90,
  concentration: 0.8,
} as const;

export const EVENTS: DurableEvent[] = [
  { type: 'session.started', session: 's1', t: 0, seq: 1, name: 'Zoë', video: { width: 640, height: 480, codec: 'vp8' } },
  {
    type: 'annotation.opened',
    session: 's1',
    t: 1.5,
    seq: 2,
    annotation: 's1-1',
    face: 'f1',
    kind: 'micro',
    onset: 1.1,
    apex: 1.3,
    score: 0.75,
  },
  { type: 'annotation.updated', session: 's1', t: 1.7, seq: 3, annotation: 's1-1', offset: 1.6, mellm: { delta: 'lip corners rise' } },
  {
    type: 'annotation.closed',
    session: 's1',
    t: 2,
    seq: 4,
    annotation: {
      id: 's1-1',
      session: 's1',
      face: 'f1',
      kind: 'micro',
      onset: 1.1,
      apex: 1.3,
      offset: 1.6,
      score: 0.75,
      aus: [{ au: 'AU12', side: 'both', confidence: 0.9 }],
      emotion: { label: 'positive', probabilities: { negative: 0, positive: 1, surprise: 0, other: 0 } },
      rois: [ROI],
      text: 'AU12',
      source: { flow: 'meflownet@01234567', mellm: 'embedded@89abcdef' },
      latency_ms: { spot: 120, flow: 40, mellm: 300 },
    },
  },
  { type: 'error', session: 's1', t: 2, seq: 5, code: 'store_full', message: 'the disk is full' },
  {
    type: 'session.ended',
    session: 's1',
    t: 3,
    seq: 6,
    reason: 'ended',
    totals: { duration: 3, frames_received: 90, frames_analyzed: 89, frames_dropped: 1, annotations: { micro: 1, macro: 0 } },
  },
];

export const REPORT = { rois: [ROI], head: { u: 0.25, v: -0.5, rotation: 0.125 }, source: 'meflownet@01234567', ms: 40 };

export const DESCRIPTION = {
  text: 'The lip corners rise.',
  aus: [{ au: 'AU12', side: 'both', confidence: 0.9 }],
  emotion: { label: 'positive', probabilities: { negative: 0, positive: 1, surprise: 0, other: 0 } },
  source: 'embedded@89abcdef',
  ms: 300,
} as const;
