import { z } from 'zod';
import { FALSE_ALARM_LIMITS } from '../common/false-alarm-limits.js';

/**
 * What `/api/recordings` takes and answers, once: the server validates and types by it, the page reads by it and
 * docs/uploads.md is made from it.
 */

/** Media type of a `PATCH` that carries bytes of a recording, as tus 1.0 names it. */
export const UPLOAD_TYPE = 'application/offset+octet-stream';

const id = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[\w.:-]+$/);
const seconds = z.number().nonnegative();

/** Body of `POST /api/recordings`. */
export const newRecordingSchema = z.strictObject({
  name: z.string().trim().min(1).max(255).describe('name of the file; also of the session if `session` is absent'),
  size: z.int().positive().describe('bytes of the file'),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits, lower case')
    .optional()
    .describe('SHA-256 of the file, verified before the analysis'),
  session: z.string().max(128).optional().describe('name of the session'),
  false_alarms_per_minute: z
    .number()
    .min(FALSE_ALARM_LIMITS.least)
    .max(FALSE_ALARM_LIMITS.most)
    .optional()
    .describe('false alarm rate of the learned spotter; default `spotting.false_alarms_per_minute`'),
});

const recordingStateSchema = z.enum(['uploading', 'waiting', 'analyzing', 'done', 'failed']);

/** How far an analysis is; also the ephemeral event `progress` of its session. */
export const recordingProgressSchema = z.object({
  t: seconds.describe('media seconds analysed'),
  duration: seconds.nullable().describe('total media seconds; null if the file does not state it'),
  share: z.number().min(0).max(1).nullable().describe('of the whole; null if the duration is unknown'),
  speed: z.number().nonnegative().describe('media seconds analysed per second'),
});

/** A recording as `POST` and `GET /api/recordings/{id}` answer it. */
export const recordingSchema = z.object({
  id: id.describe('also the id of its session, which starts with the analysis'),
  name: z.string().max(255).describe('name of the file'),
  size: z.int().positive().describe('bytes of the file'),
  offset: z.int().nonnegative().describe('bytes that have arrived'),
  state: recordingStateSchema.describe('done: analysed to its end; failed: see `error`. Both are reported for an hour'),
  position: z.int().nonnegative().nullable().describe('recordings that are analysed before this one; null unless it waits'),
  progress: recordingProgressSchema.nullable().describe('null before the analysis; fields as in the event `progress` (events.md)'),
  start: seconds.nullable().describe("a player's time at media time 0, in seconds; null while unknown"),
  error: z
    .object({ code: z.string().max(64), message: z.string().max(1024) })
    .nullable()
    .describe('why it failed'),
  warnings: z
    .array(z.string().max(1024))
    .max(64)
    .describe('what to consider when judging the result, e.g. frames that could not be decoded'),
  expires: z.iso.datetime().nullable().describe('when an unfinished upload is deleted unless more bytes come; null once it is complete'),
});

export type NewRecording = z.infer<typeof newRecordingSchema>;
export type RecordingState = z.infer<typeof recordingStateSchema>;
export type RecordingProgress = z.infer<typeof recordingProgressSchema>;
export type RecordingView = z.infer<typeof recordingSchema>;
