import { z } from 'zod';
import type { Operation } from './operations.js';

const JSON_TYPE = 'application/json';
const PATH = '/api/sessions/{id}/reviews';
const BLIND = 'With `reviews.blind`, a token without `admin` reads only entries that it wrote.';

/** What coders say of a session. */
export const reviewing: readonly Operation[] = [
  {
    method: 'get',
    path: PATH,
    id: 'listReviews',
    tag: 'Reviews',
    summary: 'Names the coders of a session, and returns the entries of those that are asked for',
    query: {
      coders: { description: `\`all\`, or names joined by commas; by default no entries. ${BLIND}`, schema: z.string() },
    },
    answers: { 200: { description: 'the coders and their entries', content: { [JSON_TYPE]: 'ReviewList' } } },
    problems: [400, 403, 404],
  },
  {
    method: 'get',
    path: `${PATH}/{coder}`,
    id: 'listReviewsOfCoder',
    tag: 'Reviews',
    summary: 'Returns the entries of a coder',
    answers: { 200: { description: 'the entries; none if there is no such coder', content: { [JSON_TYPE]: 'ReviewList' } } },
    problems: [400, 403, 404],
  },
  {
    method: 'delete',
    path: `${PATH}/{coder}`,
    id: 'eraseCoder',
    tag: 'Reviews',
    summary: 'Erases all entries of a coder',
    answers: { 204: { description: 'erased' } },
    problems: [400, 403, 404],
  },
  {
    method: 'get',
    path: `${PATH}/{coder}/{entry}`,
    id: 'getReview',
    tag: 'Reviews',
    summary: 'Returns an entry',
    answers: { 200: { description: 'the entry', content: { [JSON_TYPE]: 'Review' } } },
    problems: [400, 403, 404],
  },
  {
    method: 'put',
    path: `${PATH}/{coder}/{entry}`,
    id: 'putReview',
    tag: 'Reviews',
    summary: 'Stores or replaces an entry; a name belongs to the token that first wrote under it in this session',
    body: { description: 'the entry', content: { [JSON_TYPE]: 'NewReview' } },
    answers: { 200: { description: 'the entry as stored', content: { [JSON_TYPE]: 'Review' } } },
    problems: [400, 403, 404, 409, 413],
  },
  {
    method: 'delete',
    path: `${PATH}/{coder}/{entry}`,
    id: 'eraseReview',
    tag: 'Reviews',
    summary: 'Erases an entry',
    answers: { 204: { description: 'erased' } },
    problems: [400, 403, 404],
  },
];
