import { z } from 'zod';
import { EMOTION_LABELS } from '../common/emotion-labels.js';
import { recordingProgressSchema } from './recording-schema.js';

/**
 * Every event and annotation that leaves the server, once: the server validates and types by it, the client reads by it and
 * docs/events.md is made from it. Times are media seconds since the session's first frame.
 */

/** WebSocket subprotocol that carries these events. */
export const SUBPROTOCOL = 'mellm.v1';

const seconds = z.number().nonnegative().describe("media seconds since the session's first frame");
const unit = z.number().min(0).max(1);
const id = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[\w.:-]+$/);

export const kindSchema = z.enum(['micro', 'macro']);
export const sideSchema = z.enum(['left', 'right', 'both']);
export const emotionLabelSchema = z.enum(EMOTION_LABELS);

export const actionUnitSchema = z.object({
  au: z
    .string()
    .regex(/^AU\d{1,2}$/)
    .describe('FACS number, e.g. AU12'),
  side: sideSchema.describe("the person's own side"),
  confidence: unit,
  /** Set where no measured region could show this action unit. */
  unsupported: z.boolean().optional(),
});

export const emotionSchema = z.object({
  label: emotionLabelSchema,
  probabilities: z.object({ negative: unit, positive: unit, surprise: unit, other: unit }),
});

export const regionMotionSchema = z.object({
  region: z.string().min(1).max(64),
  mean_magnitude: z.number().nonnegative().describe('px of the 224-px reference crop'),
  max_magnitude: z.number().nonnegative(),
  direction: z.string().max(64).describe('one of eight words, or why there is none'),
  angle_deg: z.number().nullable().describe('0 = right, counter-clockwise, up positive; null without a dominant direction'),
  concentration: unit.describe('|resultant| / sum of magnitudes'),
  sigma: z.number().nonnegative().optional().describe('px: standard error of the motion; below three of them a region counts as still'),
});

/** The head's own motion between onset and apex. */
export const headSchema = z.object({
  u: z.number(),
  v: z.number(),
  rotation: z.number(),
  method: z
    .enum(['geometry', 'network'])
    .optional()
    .describe("how it was estimated: a rigid fit of the face's relief, or MEFlowNet's own head flow"),
});

const incompleteSchema = z.enum(['flow', 'mellm', 'offset']);

/**
 * Why flow or text is missing: there was more to do than the workers could; it came too late; it failed; pictures of onset or apex were not
 * to be had.
 */
const failureReasonSchema = z.enum(['overload', 'expired', 'failed', 'no_crops']);

export const annotationSchema = z.object({
  id,
  session: id,
  face: id,
  kind: kindSchema,
  onset: seconds,
  apex: seconds,
  offset: seconds.nullable(),
  score: unit,
  aus: z.array(actionUnitSchema).max(64),
  emotion: emotionSchema.nullable().describe('null with --no-emotion, or if no category was inferred'),
  rois: z.array(regionMotionSchema).max(64),
  text: z.string().max(32_768),
  source: z.object({
    flow: z
      .string()
      .nullable()
      .describe('<model>@<sha8>; <host>/<model> if the flow server does not report its hash and no local model is loaded'),
    mellm: z.string().nullable().describe("embedded@<sha8>, or <base url's host>/<model>"),
  }),
  latency_ms: z.object({
    spot: z.number().nullable().describe('apex frame received to alert sent'),
    flow: z.number().nullable(),
    mellm: z.number().nullable(),
  }),
  /** What is missing: it failed, expired or was aborted. */
  incomplete: z.array(incompleteSchema).optional(),
  failure_reason: z
    .object({ flow: failureReasonSchema.optional(), mellm: failureReasonSchema.optional() })
    .optional()
    .describe('why flow or text is missing, if known'),
  /** Set when the spotter took its alert back; such an annotation is in no export unless asked for. */
  withdrawn: z.enum(['blink', 'head', 'gap', 'nuisance']).optional(),
});

const videoSchema = z.object({ width: z.int().positive(), height: z.int().positive(), codec: z.string().max(32) });

/** Wall-clock time of an event's `t`; live sessions only. */
const wallSchema = z.object({
  at: z.number().nonnegative().describe("milliseconds since the epoch, by the server's clock"),
  error_ms: z
    .number()
    .nonnegative()
    .describe('within which 95 % of the latest frames arrived; the constant delay from the lens to the server is not part of it'),
});

const common = { session: id, t: seconds, wall: wallSchema.optional().describe('wall-clock time of `t`; absent for recordings') };
/** Per session and gapless; only durable events carry it. */
const durable = { ...common, seq: z.int().positive() };

const sessionStartedSchema = z.object({
  type: z.literal('session.started'),
  ...durable,
  name: z.string().max(128),
  video: videoSchema,
});
const unreadSchema = z.object({
  face: id,
  watched: seconds.describe('seconds in view'),
  regions: z
    .record(z.string().max(32), z.record(z.string().max(32), seconds))
    .describe('seconds that each region could not be read, by reason: a fault of the face, or `lost` (covered, deformed or too fast)'),
});
export const totalsSchema = z.object({
  duration: seconds,
  frames_received: z.int().nonnegative(),
  frames_analyzed: z.int().nonnegative(),
  frames_dropped: z.int().nonnegative(),
  annotations: z.object({ micro: z.int().nonnegative(), macro: z.int().nonnegative() }),
  unread: z.array(unreadSchema).max(16).optional(),
});
const sessionEndedSchema = z.object({
  type: z.literal('session.ended'),
  ...durable,
  reason: z.string().max(64),
  totals: totalsSchema,
});
const openedSchema = z.object({
  type: z.literal('annotation.opened'),
  ...durable,
  annotation: id,
  face: id,
  kind: kindSchema,
  onset: seconds,
  apex: seconds,
  score: unit.optional(),
});
const updatedSchema = z.object({
  type: z.literal('annotation.updated'),
  ...durable,
  annotation: id,
  kind: kindSchema.optional(),
  onset: seconds.optional(),
  apex: seconds.optional(),
  offset: seconds.optional(),
  score: unit.optional(),
  flow: z
    .object({
      rois: z.array(regionMotionSchema).max(64),
      head: headSchema,
      images: z.array(z.enum(['onset', 'apex', 'flow', 'motion'])),
    })
    .optional(),
  mellm: z.object({ delta: z.string().max(4096) }).optional(),
});
const closedSchema = z.object({ type: z.literal('annotation.closed'), ...durable, annotation: annotationSchema });
const errorEventSchema = z.object({
  type: z.literal('error'),
  ...durable,
  code: z.string().max(64),
  message: z.string().max(1024),
});

const markerFields = {
  code: z.string().min(1).max(128).describe('what happened, e.g. `onset` or `response`'),
  trial: z.string().max(128).optional(),
  stimulus: z.string().max(256).optional(),
};

/** What another program said of a moment: a trial, a stimulus, a response. */
export const markerSchema = z.object({ marker: id, ...common, ...markerFields });
const markerEventSchema = z.object({ type: z.literal('marker'), ...durable, marker: id, ...markerFields });

/** Body of `POST /api/sessions/{id}/markers`. */
export const newMarkerSchema = z
  .strictObject({
    ...markerFields,
    t: seconds.optional().describe('media seconds; absent: `at`'),
    at: z
      .number()
      .nonnegative()
      .optional()
      .describe("milliseconds since the epoch, by the server's clock; absent: when the request arrived"),
  })
  .refine(({ t, at }) => t === undefined || at === undefined, 'takes t or at, not both');

const trackSchema = z.object({
  type: z.literal('track'),
  ...common,
  face: id,
  box: z.tuple([z.number(), z.number(), z.number(), z.number()]).describe('x, y, width, height, normalised 0..1'),
  landmarks: z
    .array(z.tuple([z.number(), z.number()]))
    .max(512)
    .describe('normalised 0..1, see LANDMARK_SUBSET'),
  pose: z.object({ yaw: z.number(), pitch: z.number(), roll: z.number() }).describe('radians'),
  quality: z.object({
    score: unit,
    faults: z
      .array(z.string().max(32))
      .max(8)
      .describe(
        'worst first: too_small, too_dark, too_bright, blurred, turned, cut_off, unstable, and few_frames if fewer than 15 frames per second are analysed',
      ),
  }),
});
const signalSchema = z.object({
  type: z.literal('signal'),
  session: id,
  face: id,
  t: z.array(seconds).min(1).max(64).describe('media seconds of each sample; a signal event batches the samples since the last'),
  motion: z.array(z.number()).min(1).max(64).describe('one for each t, in `unit`'),
  threshold: z.number().describe('what an alert must exceed, in `unit`'),
  unit: z
    .enum(['px', 'likelihood'])
    .optional()
    .describe(
      "px of the reference crop (spotting by rules, and if absent), or the learned spotter's likelihood 0..1 of an ongoing expression",
    ),
});
const statsSchema = z.object({
  type: z.literal('stats'),
  ...common,
  fps_in: z.number(),
  fps_analyzed: z.number(),
  frames_dropped: z.int().nonnegative(),
  latency_ms: z.object({ p50: z.number().nullable(), p95: z.number().nullable() }).describe('frame received to track event'),
  queue: z.int().nonnegative(),
  faces: z.int().nonnegative().optional(),
  unread: z.array(unreadSchema).max(16).optional().describe('what could not be judged so far, for the faces seen since the last `stats`'),
  false_alarms_per_minute: z.number().optional().describe('setting of the learned spotter; change it with PATCH /api/sessions/{id}'),
});

/** How far the analysis of an uploaded recording is; live sessions have none. */
const progressSchema = z.object({ type: z.literal('progress'), session: id, ...recordingProgressSchema.shape });

export const durableEventSchema = z.discriminatedUnion('type', [
  sessionStartedSchema,
  sessionEndedSchema,
  openedSchema,
  updatedSchema,
  closedSchema,
  errorEventSchema,
  markerEventSchema,
]);
export const ephemeralEventSchema = z.discriminatedUnion('type', [trackSchema, signalSchema, statsSchema, progressSchema]);
export const eventSchema = z.union([durableEventSchema, ephemeralEventSchema]);

export type Kind = z.infer<typeof kindSchema>;
export type Side = z.infer<typeof sideSchema>;
export type EmotionLabel = z.infer<typeof emotionLabelSchema>;
export type ActionUnit = z.infer<typeof actionUnitSchema>;
export type Emotion = z.infer<typeof emotionSchema>;
export type RegionMotion = z.infer<typeof regionMotionSchema>;
export type Annotation = z.infer<typeof annotationSchema>;
export type FailureReason = z.infer<typeof failureReasonSchema>;
export type Totals = z.infer<typeof totalsSchema>;
export type Unread = z.infer<typeof unreadSchema>;
export type Marker = z.infer<typeof markerSchema>;
export type NewMarker = z.infer<typeof newMarkerSchema>;
export type DurableEvent = z.infer<typeof durableEventSchema>;
export type EphemeralEvent = z.infer<typeof ephemeralEventSchema>;
export type Event = DurableEvent | EphemeralEvent;

const PASSING: ReadonlySet<string> = new Set<EphemeralEvent['type']>(['track', 'signal', 'stats', 'progress']);

/** Whether an event carries no `seq`, and is the first to be left out when somebody is slow. */
export function isEphemeral(event: EventDraft | Event): event is EphemeralEvent {
  return PASSING.has(event.type);
}

/** A durable event before the bus has numbered it. */
export type DurableDraft = DurableEvent extends infer E ? (E extends { seq: number } ? Omit<E, 'seq'> : never) : never;
export type EventDraft = DurableDraft | EphemeralEvent;

/** The FaceMesh landmarks that `track` events carry, in this order: enough to draw eyes, brows, nose, lips and the oval. */
export const LANDMARK_SUBSET: readonly number[] = [
  // face oval
  10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150, 136, 172, 58, 132, 93,
  234, 127, 162, 21, 54, 103, 67, 109,
  // eye on the image's left, then right
  33, 246, 161, 160, 159, 158, 157, 173, 133, 155, 154, 153, 145, 144, 163, 7, 263, 466, 388, 387, 386, 385, 384, 398, 362, 382, 381, 380,
  374, 373, 390, 249,
  // brows
  70, 63, 105, 66, 107, 336, 296, 334, 293, 300,
  // nose
  168, 6, 197, 195, 5, 4, 98, 97, 2, 326, 327,
  // outer lips, inner lips
  61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291, 375, 321, 405, 314, 17, 84, 181, 91, 146, 78, 191, 80, 81, 82, 13, 312, 311, 310, 415,
  308, 324, 318, 402, 317, 14, 87, 178, 88, 95,
];
