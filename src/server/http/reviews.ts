import { Hono, type Context } from 'hono';
import { hasGrant } from '../../auth/mod.js';
import { plainWords } from '../../config/mod.js';
import { coderSchema, entrySchema, MAX_CODERS, MAX_REVIEWS, newReviewSchema, type NewReview, type Review } from '../../events/mod.js';
import type { Store, StoredCoder } from '../../store/mod.js';
import { readBody } from './body.js';
import type { Downloads } from './downloads.js';
import { badRequest, notFound, ProblemError } from './problem.js';
import { reviewPages } from './review-pages.js';
import { Turns } from './turns.js';
import { holderOf } from '../sessions/session-quota.js';

/** Largest body of a request, bytes: 64 action units and a note in any script. */
const MAX_BODY_BYTES = 16_384;
/** Owner of entries that were written without a token. */
const ANYONE = 'anyone';

export interface ReviewRoutesOptions {
  readonly store: Store;
  /** Whether coders with tokens see only their own entries; `admin` sees all. */
  readonly blind: boolean;
  readonly downloads: Downloads;
  /** Address of the client. */
  readonly addressOf: (context: Context) => string;
}

/** `/api/sessions/{id}/reviews`: what coders say of alerts, and the windows that they add. */
export function reviewRoutes(options: ReviewRoutesOptions): Hono {
  const { store } = options;
  const app = new Hono();
  // One change at a time: the limits hold, and a name goes to whoever came first.
  const turns = new Turns();
  app.get('/api/sessions/:id/reviews', async (context) => {
    await checkSession(context, store);
    const wanted = context.req.query('coders');
    if (wanted === undefined) return sendReviews(context, options, []);
    return sendReviews(context, options, await checkCoders(context, wanted, options));
  });
  app.get('/api/sessions/:id/reviews/:coder', async (context) => {
    await checkSession(context, store);
    const coder = coderOf(context);
    await checkCoders(context, coder, options);
    return sendReviews(context, options, [coder]);
  });
  app.get('/api/sessions/:id/reviews/:coder/:entry', async (context) => {
    const id = await checkSession(context, store);
    const coder = coderOf(context);
    await checkCoders(context, coder, options);
    return context.json(await find(store, id, coder, entryOf(context)), 200, { 'cache-control': 'no-store' });
  });
  app.put('/api/sessions/:id/reviews/:coder/:entry', async (context) => {
    const id = await checkSession(context, store);
    const [coder, entry] = [coderOf(context), entryOf(context)];
    const given = parsed(await readBody(context, MAX_BODY_BYTES));
    const review = { coder, entry, ...given, updated: new Date().toISOString() };
    await turns.take(async () => {
      const known = await checkOwner(context, store, id, coder);
      await checkRoom(store, id, review, known);
      // An entry that an admin corrects stays the coder's.
      await store.putReview(id, { owner: known.find((one) => one.coder === coder)?.owner ?? ownerOf(context), review });
    });
    return context.json(review, 200, { 'cache-control': 'no-store' });
  });
  app.delete('/api/sessions/:id/reviews/:coder', async (context) => {
    const id = await checkSession(context, store);
    const coder = coderOf(context);
    await turns.take(async () => {
      const known = await checkOwner(context, store, id, coder);
      if (!known.some((one) => one.coder === coder)) throw notFound('reviews of this coder');
      await store.dropReviews(id, coder);
    });
    return context.body(null, 204);
  });
  app.delete('/api/sessions/:id/reviews/:coder/:entry', async (context) => {
    const id = await checkSession(context, store);
    const [coder, entry] = [coderOf(context), entryOf(context)];
    await turns.take(async () => {
      await checkOwner(context, store, id, coder);
      await find(store, id, coder, entry);
      await store.dropReviews(id, coder, entry);
    });
    return context.body(null, 204);
  });
  return app;
}

/**
 * The coders that `?coders=` names (`all`, or names joined by commas), if the caller may read them.
 * @throws ProblemError 403 `blind`
 */
export async function checkCoders(
  context: Context,
  wanted: string,
  { store, blind }: Pick<ReviewRoutesOptions, 'store' | 'blind'>,
): Promise<string[]> {
  const known = await store.coders(context.req.param('id') ?? '');
  const coders = wanted === 'all' ? known.map(({ coder }) => coder) : wanted.split(',').map((name) => nameOf(name));
  const own = ownerOf(context);
  const hidden = known.find(({ coder, owner }) => owner !== own && coders.includes(coder));
  if (blind && hidden && !hasGrant(context.get('identity'), 'admin'))
    throw refused(
      'blind',
      `reviews.blind is set: a coder reads only own entries; name your own coder, or use a token with the grant admin`,
    );
  return coders;
}

async function sendReviews(context: Context, options: ReviewRoutesOptions, coders: readonly string[]): Promise<Response> {
  const id = context.req.param('id') ?? '';
  const known = (await options.store.coders(id)).map(({ coder, entries }) => ({ coder, entries }));
  const body = await options.downloads.start(
    context.get('identity'),
    options.addressOf(context),
    written(JSON.stringify(known), reviewPages(options.store, id, coders)),
  );
  return context.body(body, 200, { 'content-type': 'application/json', 'cache-control': 'no-store' });
}

async function* written(coders: string, pages: AsyncIterable<readonly Review[]>): AsyncGenerator<string> {
  yield `{"coders":${coders},"reviews":[`;
  let between = '';
  for await (const page of pages) {
    yield between + page.map((review) => JSON.stringify(review)).join(',');
    between = ',';
  }
  yield ']}\n';
}

/** @throws ProblemError 404 */
async function checkSession(context: Context, store: Store): Promise<string> {
  const id = context.req.param('id') ?? '';
  if (!(await store.get(id))) throw notFound('session with this id');
  return id;
}

/** @throws ProblemError 404 */
async function find(store: Store, session: string, coder: string, entry: string): Promise<Review> {
  const stored = await store.review(session, coder, entry);
  if (!stored) throw notFound('entry of this coder');
  return stored.review;
}

/** A name belongs to the token that first wrote under it in this session. Returns its coders. @throws ProblemError 403 `not_the_coder` */
async function checkOwner(context: Context, store: Store, session: string, coder: string): Promise<readonly StoredCoder[]> {
  const known = await store.coders(session);
  const existing = known.find((one) => one.coder === coder);
  if (existing && existing.owner !== ownerOf(context) && !hasGrant(context.get('identity'), 'admin'))
    throw refused('not_the_coder', 'another token writes under this name in this session; choose another name');
  return known;
}

/** @throws ProblemError 409 */
async function checkRoom(store: Store, id: string, { coder, entry }: Review, known: readonly StoredCoder[]): Promise<void> {
  const entries = known.find((one) => one.coder === coder)?.entries;
  if (entries === undefined && known.length >= MAX_CODERS)
    throw conflict('too_many_coders', `a session has at most ${String(MAX_CODERS)} coders; erase one, or use an existing name`);
  if (entries !== undefined && entries >= MAX_REVIEWS && !(await store.review(id, coder, entry)))
    throw conflict('too_many_reviews', `a coder has at most ${String(MAX_REVIEWS)} entries in a session; erase some`);
}

function ownerOf(context: Context): string {
  return holderOf(context.get('identity')) ?? ANYONE;
}

function coderOf(context: Context): string {
  return nameOf(context.req.param('coder') ?? '');
}

/** @throws ProblemError 400 */
function nameOf(text: string): string {
  const name = coderSchema.safeParse(text.normalize('NFC'), { error: plainWords });
  if (!name.success) throw badRequest('bad_coder', name.error.issues[0]?.message ?? '');
  return name.data;
}

/** @throws ProblemError 400 */
function entryOf(context: Context): string {
  const entry = entrySchema.safeParse(context.req.param('entry'));
  if (!entry.success) throw badRequest('bad_entry', 'an entry has an id of up to 64 letters, digits, dots, colons, dashes and underscores');
  return entry.data;
}

/** @throws ProblemError 400 */
function parsed(text: string): NewReview {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    body = undefined;
  }
  const result = newReviewSchema.safeParse(body, { error: plainWords });
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw badRequest('bad_review', `the body is not a review: ${[issue?.path.join('.'), issue?.message].filter(Boolean).join(' ')}`);
}

const refused = (code: string, detail: string): ProblemError => new ProblemError({ status: 403, title: 'Forbidden', code, detail });
const conflict = (code: string, detail: string): ProblemError => new ProblemError({ status: 409, title: 'Conflict', code, detail });
