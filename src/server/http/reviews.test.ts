import { Hono } from 'hono';
import { expect, it } from 'vitest';
import { ANYONE, type Identity } from '../../auth/mod.js';
import { MAX_REVIEWS, reviewListSchema, reviewSchema, type NewReview, type Review } from '../../events/mod.js';
import { MemoryStore } from '../../store/mod.js';
import { createLogger } from '../../telemetry/mod.js';
import { Downloads } from './downloads.js';
import { answerErrors } from './errors.js';
import { reviewRoutes } from './reviews.js';
import type { Refusals } from './refusals.js';

const AT = '/api/sessions/s1/reviews';
const review: NewReview = {
  annotation: 's1-1',
  face: 'f1',
  kind: 'micro',
  onset: 1,
  apex: 1.1,
  offset: 1.3,
  aus: [{ au: 'AU12', side: 'left' }],
  category: 'positive',
  verdict: 'accepted',
  note: '',
};
const added: NewReview = { ...review, annotation: null, verdict: 'added' };
const coder = (id: string): Identity => ({ ...ANYONE, id, grants: ['watch', 'review'], anonymous: false });

function served(blind = false): {
  store: MemoryStore;
  ask: (method: string, path: string, body?: unknown, as?: Identity) => Promise<Response>;
} {
  const store = new MemoryStore();
  store.begin({ id: 's1', name: 'Desk' });
  let identity = ANYONE;
  const app = new Hono();
  app.use(async (context, next) => {
    context.set('identity', identity);
    await next();
  });
  app.route('/', reviewRoutes({ store, blind, downloads: new Downloads({ limit: 4 }), addressOf: () => '127.0.0.1' }));
  answerErrors(app, { problem: () => undefined } as unknown as Refusals, createLogger('silent'));
  return {
    store,
    ask: async (method, path, body, as = ANYONE) => {
      identity = as;
      return app.request(path, { method, ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }) });
    },
  };
}

it('keeps what a coder says, replaces it, and erases it', async () => {
  const { ask } = served();
  const stored = reviewSchema.parse(await (await ask('PUT', `${AT}/Änna 1/s1-1`, review)).json());
  expect(stored).toMatchObject({ ...review, coder: 'Änna 1', entry: 's1-1' });
  await ask('PUT', `${AT}/Änna 1/s1-1`, { ...review, note: 'left only' });
  await ask('PUT', `${AT}/Änna 1/own-1`, added);
  await ask('PUT', `${AT}/ben/s1-1`, { ...review, verdict: 'rejected' });
  const own = reviewListSchema.parse(await (await ask('GET', `${AT}/Änna 1`)).json());
  expect(own.coders).toEqual([
    { coder: 'ben', entries: 1 },
    { coder: 'Änna 1', entries: 2 },
  ]);
  expect(own.reviews.map(({ entry, note }) => [entry, note])).toEqual([
    ['own-1', ''],
    ['s1-1', 'left only'],
  ]);
  expect(await (await ask('GET', `${AT}/ben/s1-1`)).json()).toMatchObject({ verdict: 'rejected' });
  expect((await ask('DELETE', `${AT}/Änna 1/own-1`)).status).toBe(204);
  expect((await ask('DELETE', `${AT}/Änna 1/own-1`)).status).toBe(404);
  expect((await ask('DELETE', `${AT}/ben`)).status).toBe(204);
  expect((await ask('DELETE', `${AT}/ben`)).status).toBe(404);
  expect(reviewListSchema.parse(await (await ask('GET', `${AT}?coders=all`)).json())).toMatchObject({
    coders: [{ coder: 'Änna 1', entries: 1 }],
    reviews: [{ entry: 's1-1' }],
  });
});

it('shows nobody else’s entries unless asked to', async () => {
  const { ask } = served();
  await ask('PUT', `${AT}/anna/s1-1`, review);
  expect(await (await ask('GET', AT)).json()).toEqual({ coders: [{ coder: 'anna', entries: 1 }], reviews: [] });
  expect(await (await ask('GET', `${AT}?coders=all`)).json()).toMatchObject({ reviews: [{ coder: 'anna' }] });
});

it('leaves a name to the token that wrote under it first, and is blind where it is set so', async () => {
  const { ask } = served(true);
  const [anna, ben] = [coder('token-a'), coder('token-b')];
  await ask('PUT', `${AT}/anna/s1-1`, review, anna);
  await ask('PUT', `${AT}/ben/s1-1`, review, ben);
  for (const [method, path, body] of [
    ['PUT', `${AT}/anna/s1-2`, review],
    ['DELETE', `${AT}/anna/s1-1`, undefined],
    ['DELETE', `${AT}/anna`, undefined],
  ] as const)
    expect(await (await ask(method, path, body, ben)).json()).toMatchObject({ status: 403, code: 'not_the_coder' });
  for (const path of [`${AT}?coders=all`, `${AT}/anna`, `${AT}/anna/s1-1`])
    expect(await (await ask('GET', path, undefined, ben)).json()).toMatchObject({ status: 403, code: 'blind' });
  expect(await (await ask('GET', `${AT}/ben`, undefined, ben)).json()).toMatchObject({ reviews: [{ coder: 'ben' }] });
  // An admin sees and corrects; the entry stays the coder's.
  expect(((await (await ask('GET', `${AT}?coders=all`)).json()) as { reviews: Review[] }).reviews).toHaveLength(2);
  await ask('PUT', `${AT}/anna/s1-1`, { ...review, note: 'agreed on' });
  expect((await ask('PUT', `${AT}/anna/s1-1`, review, anna)).status).toBe(200);
});

it('refuses a body that is not a review, and more entries than a session may hold', async () => {
  const { ask, store } = served();
  for (const [path, body, code] of [
    [`${AT}/anna/e`, 'no', 'bad_review'],
    [`${AT}/anna/e`, { ...review, onset: 2 }, 'bad_review'],
    [`${AT}/anna/e`, { ...review, verdict: 'added' }, 'bad_review'],
    [`${AT}/anna/e`, { ...added, verdict: 'accepted' }, 'bad_review'],
    [`${AT}/anna/e`, { ...review, note: 'x'.repeat(20_000) }, 'too_large'],
    [`${AT}/${encodeURIComponent('../a')}/e`, review, 'bad_coder'],
    [`${AT}/anna/${encodeURIComponent('a/b')}`, review, 'bad_entry'],
    ['/api/sessions/unknown/reviews/anna/e', review, 'not_found'],
  ] as const)
    expect(await (await ask('PUT', path, body)).json(), path).toMatchObject({ code });
  for (let n = 0; n < MAX_REVIEWS; n++)
    await store.putReview('s1', {
      owner: 'anyone',
      review: { ...review, coder: 'anna', entry: `e${String(n)}`, updated: '2026-01-01T00:00:00Z' },
    });
  expect(await (await ask('PUT', `${AT}/anna/more`, review)).json()).toMatchObject({ status: 409, code: 'too_many_reviews' });
  expect((await ask('PUT', `${AT}/anna/e7`, review)).status).toBe(200);
  expect(((await (await ask('GET', `${AT}/anna`)).json()) as { reviews: Review[] }).reviews).toHaveLength(MAX_REVIEWS);
});
