import { z } from 'zod';
import { FALSE_ALARM_LIMITS } from '../common/false-alarm-limits.js';
import { GRANTS } from '../config/grants.js';
import { actionUnitSchema, annotationSchema, markerSchema } from './schema.js';
import { recordingSchema } from './recording-schema.js';
import { reviewListSchema, reviewSchema } from './review-schema.js';
import { IMAGE_NAMES, sessionRecordSchema } from './session-record.js';

/** Bodies of HTTP requests and answers, once: routes validate and type by them, and `/openapi.json` is generated from them. */

const falseAlarms = z.number().min(FALSE_ALARM_LIMITS.least).max(FALSE_ALARM_LIMITS.most);

/** Answer of `GET /api/access`. */
export const accessSchema = z.object({
  token: z.enum(['required', 'not_needed']).describe('whether requests need a token'),
  grants: z.array(z.enum(GRANTS)).describe('what this token allows'),
  session: z.string().nullable().describe('the only session name that the token is valid for; null for all'),
  notice: z.string().nullable().describe('what a page must show before it opens a camera, and have acknowledged; null: nothing'),
});

/** Answer of `POST /api/tickets`. */
export const ticketSchema = z.object({
  ticket: z.string().describe('valid once, as `ticket` in the URL of `/ws`'),
  expires_in: z.number().positive().describe('seconds'),
});

/** Answer of `GET /api/sessions`. */
export const sessionListSchema = z.object({ sessions: z.array(sessionRecordSchema) });

/** Body of `PATCH /api/sessions/{id}`: what can be changed while a session runs. */
export const sessionSettingsSchema = z.strictObject({
  false_alarms_per_minute: falseAlarms.describe('false alarm rate of the learned spotter'),
});

/** Answer of `PATCH /api/sessions/{id}`: the settings now in effect. */
export const sessionSettingsSetSchema = z.object({
  false_alarms_per_minute: z.number().describe('the value in effect: at most the highest rate that the model has a threshold for'),
});

/** Answer of `GET /api/sessions/{id}/annotations`. */
export const annotationListSchema = z.array(annotationSchema);

/** Answer of `GET /api/sessions/{id}/markers`. */
export const markerListSchema = z.array(markerSchema);

/** Answer of `GET /api/annotations/{id}/images`. */
export const imageListSchema = z.object({ images: z.array(z.enum(IMAGE_NAMES)).describe('names of the images that are stored now') });

/** Body of `POST /api/annotations/{id}/ask`. */
export const askSchema = z.strictObject({ question: z.string().min(1).max(512).describe('in English; docs/questions.md has the forms') });

/** Answer of `POST /api/annotations/{id}/ask`. */
export const questionAnswerSchema = z.object({
  form: z.enum(['coarse', 'fine', 'units', 'unit', 'side', 'unit_side', 'all']).describe('how the question was understood'),
  answer: z.string().max(2048).describe("`can't tell` where the evidence does not say"),
  evidence: z.object({
    aus: z.array(actionUnitSchema).max(64),
    rois: z.int().nonnegative().describe('regions that were measured'),
    source: z.string().nullable().describe('what inferred the action units, as in `source.mellm` of the annotation'),
  }),
});

const curveSchema = z.array(z.number().nullable());
const seriesPeakSchema = z.object({
  t: z.number().describe('media seconds'),
  score: z.number(),
  threshold: z.number().nullable(),
  reason: z
    .enum(['below_threshold', 'blink', 'head', 'speech', 'cannot_see', 'withdrawn', 'other'])
    .describe('why this peak raised no alert, or why its alert was withdrawn'),
});
const seriesFaceSchema = z.object({
  face: z.string(),
  t: z.array(z.number()).describe('media seconds, one for each point'),
  curves: z
    .record(z.string(), z.object({ min: curveSchema, max: curveSchema }))
    .describe('lowest and highest value around each point; null where nothing is known'),
  faults: z.array(z.object({ fault: z.string(), from: z.number(), to: z.number() })).describe('when and why nothing could be spotted'),
  gaps: z.array(z.object({ from: z.number(), to: z.number() })).describe('when the face was not in view'),
  peaks: z.array(seriesPeakSchema).describe('peaks of the score outside of alerts'),
});
export type SeriesFace = z.infer<typeof seriesFaceSchema>;
export type SeriesPeak = z.infer<typeof seriesPeakSchema>;

/** Answer of `GET /api/sessions/{id}/series`. */
export const seriesSchema = z.object({
  session: z.string(),
  from: z.number().describe('media seconds'),
  to: z.number(),
  faces: z.array(seriesFaceSchema),
});

/** Answer of `GET /healthz`. */
export const healthSchema = z.object({ status: z.literal('ok') });

/** Answer of `GET /readyz`; the details need a token with `watch` or `metrics`, where tokens are set up. */
export const readinessSchema = z.object({
  status: z.literal('ready'),
  sessions: z.int().nonnegative().optional().describe('live sessions'),
  models: z.array(z.string()).optional().describe('`<model>@<sha8>` of each model loaded'),
  store: z
    .object({
      state: z.enum(['ok', 'failing']),
      detail: z.string().optional(),
      since: z.string().optional(),
      waiting: z.int().nonnegative().describe('queued writes'),
      lost: z.int().nonnegative().describe('writes dropped since the start'),
    })
    .optional(),
});

/** Every error (RFC 9457). */
export const problemSchema = z.object({
  type: z.string().describe('`urn:mellm-live:problem:` and the code'),
  title: z.string(),
  status: z.int(),
  detail: z.string().describe('the cause and the fix, for people'),
  code: z.string().describe('stable, for programs'),
});

/** What the API answers in JSON, by name. A client that validates looks its answer up here. */
export const answerSchemas = {
  access: accessSchema,
  session: sessionRecordSchema,
  sessions: sessionListSchema,
  settings: sessionSettingsSetSchema,
  annotations: annotationListSchema,
  images: imageListSchema,
  answer: questionAnswerSchema,
  series: seriesSchema,
  marker: markerSchema,
  markers: markerListSchema,
  recording: recordingSchema,
  review: reviewSchema,
  reviews: reviewListSchema,
} as const;

/** {@link answerSchemas} as types. */
export type Answers = { readonly [Name in keyof typeof answerSchemas]: z.infer<(typeof answerSchemas)[Name]> };
export type Access = z.infer<typeof accessSchema>;
export type SessionSettings = z.infer<typeof sessionSettingsSchema>;
