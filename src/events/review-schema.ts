import { z } from 'zod';
import { actionUnitSchema, emotionLabelSchema, kindSchema } from './schema.js';

/** What a coder says of a session: one entry an alert that was judged, or a window that the machine missed. */

/** Entries of a coder in a session, and coders of a session. */
export const MAX_REVIEWS = 5000;
export const MAX_CODERS = 32;

const seconds = z.number().nonnegative().describe("media seconds since the session's first frame");
const id = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[\w.:-]+$/);

/** Name of a coder as it stands in addresses, file names and tiers. */
export const coderSchema = z
  .string()
  .min(1)
  .max(64)
  .regex(
    /^[\p{L}\p{N}](?:[\p{L}\p{N} ._-]*[\p{L}\p{N}])?$/u,
    'a coder has a name of letters, digits, spaces, dots, dashes and underscores',
  );

const verdictSchema = z.enum(['accepted', 'rejected', 'added']);

const given = {
  annotation: id.nullable().describe('the alert that is judged; null if the coder added the window'),
  face: id,
  kind: kindSchema,
  onset: seconds,
  apex: seconds,
  offset: seconds,
  aus: z.array(actionUnitSchema.pick({ au: true, side: true })).max(64),
  category: emotionLabelSchema.nullable(),
  verdict: verdictSchema.describe('`added`: a window that the machine missed, or any window of a coder who was blind to the machine'),
  note: z.string().max(2000),
};

/** Body of `PUT /api/sessions/{id}/reviews/{coder}/{entry}`. */
export const newReviewSchema = z
  .strictObject(given)
  .refine(({ onset, apex, offset }) => onset <= apex && apex <= offset, 'needs onset <= apex <= offset')
  .refine(
    ({ verdict, annotation }) => (verdict === 'added') === (annotation === null),
    'an added window has annotation null; accepted and rejected name their annotation',
  );

/** One entry as it is stored and returned. */
export const reviewSchema = z.object({
  coder: coderSchema,
  entry: id.describe("unique for the coder; the page uses the alert's id"),
  ...given,
  updated: z.iso.datetime().describe('when the server stored it'),
});

/** Answer of `GET /api/sessions/{id}/reviews`. */
export const reviewListSchema = z.object({
  coders: z.array(z.object({ coder: coderSchema, entries: z.int().nonnegative() })).describe('who has reviewed this session'),
  reviews: z.array(reviewSchema).describe('by coder and entry'),
});

export const entrySchema = id;
export type NewReview = z.infer<typeof newReviewSchema>;
export type Review = z.infer<typeof reviewSchema>;
