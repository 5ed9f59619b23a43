import { sessionOf, type Annotation } from '../../src/events/mod.js';

/** A closed annotation. */
export const anAnnotation = (id: string, rest: Partial<Annotation> = {}): Annotation => ({
  id,
  session: sessionOf(id),
  face: 'f1',
  kind: 'micro',
  onset: 1,
  apex: 1.1,
  offset: 1.3,
  score: 0.7,
  aus: [{ au: 'AU12', side: 'left', confidence: 0.8 }],
  emotion: { label: 'positive', probabilities: { negative: 0, positive: 1, surprise: 0, other: 0 } },
  rois: [{ region: 'mouth', mean_magnitude: 0.8, max_magnitude: 1.4, direction: 'up', angle_deg: 80, concentration: 0.9 }],
  text: 'The left mouth corner rises.',
  source: { flow: 'meflownet@89abcdef', mellm: 'embedded@fedcba98' },
  latency_ms: { spot: 90, flow: 12, mellm: 400 },
  ...rest,
});
