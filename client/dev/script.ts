import { LANDMARK_SUBSET, type Annotation, type Event, type DurableDraft, type RegionMotion } from '../../src/events/schema.js';

/** A made-up session for looking at the page without a camera or models: events by media time, valid by the schema. */
export interface Scene {
  at: number;
  event: DurableDraft;
}

const REGIONS = [
  'brow_inner_left',
  'brow_inner_right',
  'brow_outer_left',
  'brow_outer_right',
  'lid_upper_left',
  'lid_upper_right',
  'nose_left',
  'nose_right',
  'cheek_left',
  'cheek_right',
  'mouth_corner_left',
  'mouth_corner_right',
  'lip_lower',
  'chin',
];

function rois(strong: string[]): RegionMotion[] {
  return REGIONS.map((region, index) => {
    const moved = strong.includes(region);
    const mean = moved ? 1.12 - 0.06 * index : 0.04 + 0.01 * (index % 4);
    return {
      region,
      mean_magnitude: mean,
      max_magnitude: mean * 1.6,
      direction: moved ? 'up' : 'none',
      angle_deg: moved ? 84 : null,
      concentration: moved ? 0.93 : 0.11,
    };
  });
}

const TEXT =
  "Both inner brows rise by about one pixel, the left a little more; the outer brows follow weakly. The lids and the lower face stay still.\n\nRaised inner brows without a lowered brow suggest AU1, with a trace of AU2. Together, and this brief, they are seen most often in surprise, though sadness can't be ruled out.\n\nAction units: AU1, AU2. Category: Surprise.";

function annotation(
  id: string,
  face: string,
  kind: 'micro' | 'macro',
  onset: number,
  apex: number,
  offset: number,
  more: Partial<Annotation> = {},
): Annotation {
  return {
    id,
    session: 'demo',
    face,
    kind,
    onset,
    apex,
    offset,
    score: kind === 'micro' ? 0.82 : 0.95,
    aus: [
      { au: 'AU1', side: 'both', confidence: 0.91 },
      { au: 'AU2', side: 'left', confidence: 0.44 },
      { au: 'AU12', side: 'left', confidence: 0.22, unsupported: true },
    ],
    emotion: { label: 'surprise', probabilities: { negative: 0.21, positive: 0.04, surprise: 0.66, other: 0.09 } },
    rois: rois(['brow_inner_left', 'brow_inner_right', 'brow_outer_left']),
    text: TEXT,
    source: { flow: 'meflownet-s@3fa94c10', mellm: 'embedded@91c2e0aa' },
    latency_ms: { spot: 96, flow: 23, mellm: 1420 },
    ...more,
  };
}

/** The durable events of the session, in order; each is sent when media time reaches `at`. */
export function scenes(): Scene[] {
  const all: Scene[] = [
    {
      at: 0,
      event: {
        type: 'session.started',
        session: 'demo',
        t: 0,
        name: 'Interview, room 2',
        video: { width: 640, height: 480, codec: 'vp8' },
      },
    },
  ];
  const add = (at: number, event: DurableDraft): void => {
    all.push({ at, event });
  };
  const tell = (note: Annotation, stream: boolean): void => {
    const { id, face, kind, onset, apex, offset } = note;
    add(apex + 0.1, { type: 'annotation.opened', session: 'demo', t: apex + 0.1, annotation: id, face, kind, onset, apex, score: 0.6 });
    add((offset ?? apex) + 0.05, {
      type: 'annotation.updated',
      session: 'demo',
      t: (offset ?? apex) + 0.05,
      annotation: id,
      offset: offset ?? apex,
      score: note.score,
    });
    if (note.withdrawn) {
      add((offset ?? apex) + 0.1, { type: 'annotation.closed', session: 'demo', t: (offset ?? apex) + 0.1, annotation: note });
      return;
    }
    const flowAt = (offset ?? apex) + 0.12;
    add(flowAt, {
      type: 'annotation.updated',
      session: 'demo',
      t: flowAt,
      annotation: id,
      flow: { rois: note.rois, head: { u: 0.2, v: -0.1, rotation: 0.001 }, images: ['onset', 'apex', 'flow', 'motion'] },
    });
    if (stream) {
      const words = note.text.split(/(?<= )/);
      for (const [index, word] of words.entries())
        add(flowAt + 0.2 + index * 0.04, {
          type: 'annotation.updated',
          session: 'demo',
          t: flowAt + 0.2 + index * 0.04,
          annotation: id,
          mellm: { delta: word },
        });
    }
    const end = flowAt + (stream ? 4 : 0.3);
    add(end, { type: 'annotation.closed', session: 'demo', t: end, annotation: note });
  };
  tell(
    annotation('demo:f1:1', 'f1', 'macro', 2, 2.7, 3.6, {
      text: 'The mouth corners rise and part widely.',
      aus: [
        { au: 'AU12', side: 'both', confidence: 0.97 },
        { au: 'AU6', side: 'both', confidence: 0.7 },
      ],
      emotion: { label: 'positive', probabilities: { negative: 0.02, positive: 0.93, surprise: 0.03, other: 0.02 } },
    }),
    false,
  );
  tell(
    annotation('demo:f2:1', 'f2', 'micro', 5, 5.12, 5.3, {
      withdrawn: 'blink',
      aus: [],
      emotion: null,
      rois: [],
      text: '',
      source: { flow: null, mellm: null },
    }),
    false,
  );
  tell(
    annotation('demo:f2:2', 'f2', 'micro', 7, 7.16, 7.34, {
      aus: [],
      emotion: null,
      text: '',
      incomplete: ['mellm'],
      source: { flow: 'meflownet-s@3fa94c10', mellm: null },
      latency_ms: { spot: 110, flow: 26, mellm: null },
    }),
    false,
  );
  tell(annotation('demo:f1:2', 'f1', 'micro', 9, 9.18, 9.41), true);
  tell(annotation('demo:f1:3', 'f1', 'micro', 16, 16.2, 16.45), true);
  return all.sort((one, other) => one.at - other.at);
}

/** Where a face's windows lie, to shape the signal. */
const BUMPS: Record<string, [onset: number, apex: number, offset: number, height: number][]> = {
  f1: [
    [2, 2.7, 3.6, 2.6],
    [9, 9.18, 9.41, 1.15],
    [16, 16.2, 16.45, 0.9],
  ],
  f2: [
    [5, 5.12, 5.3, 0.8],
    [7, 7.16, 7.34, 0.95],
  ],
};

export function motion(face: string, t: number): number {
  let value = 0.12 + 0.05 * Math.sin(t * 7.1 + face.length) + 0.04 * Math.sin(t * 23.3) + 0.03 * Math.sin(t * 61);
  for (const [onset, apex, offset, height] of BUMPS[face] ?? []) {
    if (t > onset && t < offset)
      value +=
        height *
        (t < apex ? Math.sin((((t - onset) / (apex - onset)) * Math.PI) / 2) : Math.cos((((t - apex) / (offset - apex)) * Math.PI) / 2));
  }
  return Math.abs(value);
}

/** A rough face: the subset's landmarks set around ellipses, enough to see that the overlay works. */
export function track(face: string, t: number, poor: boolean): Event {
  const [cx, cy, size] = face === 'f1' ? [0.36 + 0.01 * Math.sin(t), 0.52, 0.2] : [0.76, 0.5 + 0.01 * Math.cos(t * 1.3), 0.13];
  const ring = (n: number, x: number, y: number, rx: number, ry: number): [number, number][] =>
    Array.from({ length: n }, (_, i) => {
      const a = (i / n) * 2 * Math.PI;
      return [cx + size * (x + rx * Math.cos(a)), cy + ((size * 4) / 3) * (y + ry * Math.sin(a))];
    });
  const line = (n: number, x0: number, y0: number, x1: number, y1: number): [number, number][] =>
    Array.from({ length: n }, (_, i) => [
      cx + size * (x0 + ((x1 - x0) * i) / (n - 1)),
      cy + ((size * 4) / 3) * (y0 + ((y1 - y0) * i) / (n - 1) - 0.03 * Math.sin((i / (n - 1)) * Math.PI)),
    ]);
  const landmarks = [
    ...ring(36, 0, 0, 0.62, 0.85),
    ...ring(16, -0.27, -0.2, 0.12, 0.05),
    ...ring(16, 0.27, -0.2, 0.12, 0.05),
    ...line(5, -0.45, -0.36, -0.1, -0.36),
    ...line(5, 0.1, -0.36, 0.45, -0.36),
    ...line(6, 0, -0.2, 0, 0.15),
    ...line(5, -0.12, 0.2, 0.12, 0.2),
    ...ring(20, 0, 0.45, 0.25, 0.1),
    ...ring(20, 0, 0.45, 0.18, 0.04),
  ];
  if (landmarks.length !== LANDMARK_SUBSET.length) throw new Error('the made-up face does not match LANDMARK_SUBSET');
  return {
    type: 'track',
    session: 'demo',
    t,
    face,
    box: [cx - size * 0.66, cy - size * 1.2, size * 1.32, size * 2.4],
    landmarks,
    pose: { yaw: 0, pitch: 0, roll: 0 },
    quality: poor ? { score: 0.21, faults: ['too_small', 'blurred'] } : { score: 0.87, faults: [] },
  };
}
