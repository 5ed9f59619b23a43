import { z } from 'zod';
import { totalsSchema } from './schema.js';

/** What a session was analysed with; stored beside it, so that a finding can be traced to the weights behind it. */
const sessionOriginSchema = z
  .object({
    /** Version of mellm-live. */
    version: z.string(),
    /** `<model>@<sha8>` of each model loaded. */
    models: z.array(z.string()).readonly(),
    /** The settings that bear on what is found, by their path, e.g. `spotting.micro_max`. */
    settings: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).readonly(),
  })
  .readonly();
export type SessionOrigin = z.infer<typeof sessionOriginSchema>;

/** A session as `GET /api/sessions/{id}` shows it. */
export const sessionRecordSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    state: z.enum(['live', 'ended']),
    /** ISO 8601, UTC. */
    started: z.string(),
    ended: z.string().nullable(),
    reason: z.string().nullable(),
    video: z.object({ width: z.number(), height: z.number(), codec: z.string() }).readonly().nullable(),
    totals: totalsSchema.nullable(),
    annotations: z.object({ micro: z.number(), macro: z.number() }).readonly(),
    made_with: sessionOriginSchema.nullable(),
  })
  .readonly();
export type SessionRecord = z.infer<typeof sessionRecordSchema>;

export const IMAGE_NAMES = ['onset', 'apex', 'flow', 'motion'] as const;
/** PNG images of an annotation by name. */
export type ImageName = (typeof IMAGE_NAMES)[number];
