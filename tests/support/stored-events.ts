import type { Annotation, DurableDraft } from '../../src/events/schema.js';

/** A closed annotation that looks like one of the pipeline's. @param mark text that a test can look for in files */
function annotation(session: string, n: number, mark = '', change: Partial<Annotation> = {}): Annotation {
  return {
    id: `${session}-${String(n)}`,
    session,
    face: 'f1',
    kind: n % 3 === 0 ? 'macro' : 'micro',
    onset: n,
    apex: n + 0.1,
    offset: n + 0.3,
    score: 0.7,
    aus: [
      { au: 'AU12', side: 'left', confidence: 0.8 },
      { au: 'AU6', side: 'both', confidence: 0.4 },
    ],
    emotion: { label: 'positive', probabilities: { negative: 0.1, positive: 0.7, surprise: 0.1, other: 0.1 } },
    rois: [{ region: 'mouth_corner_left', mean_magnitude: 0.8, max_magnitude: 1.4, direction: 'up', angle_deg: 80, concentration: 0.9 }],
    text: `The left mouth corner rises. ${mark}`,
    source: { flow: 'meflownet@01234567', mellm: 'embedded@89abcdef' },
    latency_ms: { spot: 90, flow: 12, mellm: 400 },
    ...change,
  };
}

export const started = (session: string): DurableDraft => ({
  type: 'session.started',
  session,
  t: 0,
  name: 'a name',
  video: { width: 640, height: 480, codec: 'vp8' },
});
export const opened = (session: string, n: number): DurableDraft => ({
  type: 'annotation.opened',
  session,
  t: n,
  annotation: `${session}-${String(n)}`,
  face: 'f1',
  kind: 'micro',
  onset: n,
  apex: n + 0.1,
  score: 0.5,
});
export const said = (session: string, n: number, delta: string): DurableDraft => ({
  type: 'annotation.updated',
  session,
  t: n + 0.5,
  annotation: `${session}-${String(n)}`,
  mellm: { delta },
});
export const closed = (session: string, n: number, mark = ''): DurableDraft => ({
  type: 'annotation.closed',
  session,
  t: n + 1,
  annotation: annotation(session, n, mark),
});
export const ended = (session: string, t = 99): DurableDraft => ({
  type: 'session.ended',
  session,
  t,
  reason: 'ended',
  totals: { duration: t, frames_received: 10, frames_analyzed: 9, frames_dropped: 1, annotations: { micro: 1, macro: 0 } },
});
