import { Hono, type Context } from 'hono';
import { coversSession, hasGrant } from '../../auth/mod.js';
import { BIDS_COLUMNS, EXPORT_FORMATS, isExportFormat, streamAnnotations, type Marker } from '../../events/mod.js';
import { REPORT_POLICY } from '../../events/report/mod.js';
import { IMAGE_NAMES, type ImageName, type SessionRecord, type Store } from '../../store/mod.js';
import { annotationPages } from './annotation-pages.js';
import type { Downloads } from './downloads.js';
import { badRequest, ProblemError, notFound } from './problem.js';
import { reportOf } from './report.js';
import { reviewPages } from './review-pages.js';
import { checkCoders } from './reviews.js';
import type { Sessions } from '../sessions/sessions.js';
import { writerKey } from '../sessions/writer-key.js';

/** Ends a live session of another process; false where there is none. */
type EndElsewhere = (session: string) => Promise<boolean>;

export interface ApiOptions {
  readonly store: Store;
  readonly sessions: Sessions;
  /** Markers of a session. */
  readonly markersOf: (session: string) => Promise<readonly Marker[]>;
  /** Whether coders with tokens see only their own reviews. */
  readonly blind: boolean;
  readonly downloads: Downloads;
  /** A report needs all annotations of its session in memory, so fewer run at a time. */
  readonly reports: Downloads;
  /** Address of the client. */
  readonly addressOf: (context: Context) => string;
  /** Undefined where there are no other processes. */
  readonly endElsewhere?: EndElsewhere | undefined;
}

/** `/api/sessions` and `/api/annotations`: sessions, their annotations, and the images of those. */
export function apiRoutes(options: ApiOptions): Hono {
  const { store } = options;
  const app = new Hono();
  app.get('/api/sessions', (context) => listSessions(context, store));
  app.get('/api/sessions/:id', async (context) => context.json(await find(store, context.req.param('id'))));
  app.get('/api/sessions/:id/annotations', async (context) =>
    sendAnnotations(context, await find(store, context.req.param('id')), options),
  );
  app.get('/api/bids/events.json', (context) => context.json(BIDS_COLUMNS));
  app.get('/api/sessions/:id/report.html', async (context) => sendReport(context, await find(store, context.req.param('id')), options));
  app.delete('/api/sessions/:id', (context) => eraseSession(context, context.req.param('id'), options));
  app.get('/api/annotations/:id/images', async (context) => {
    const id = context.req.param('id');
    const stored = await Promise.all(IMAGE_NAMES.map(async (name) => (await store.image(id, name)) !== undefined));
    return context.json({ images: IMAGE_NAMES.filter((_name, i) => stored[i]) }, 200, { 'cache-control': 'no-store' });
  });
  app.get('/api/annotations/:id/:file{(onset|apex|flow|motion)\\.png}', async (context) => {
    const name = context.req.param('file').slice(0, -4) as ImageName;
    const png = await store.image(context.req.param('id'), name);
    if (!png) throw notFound(`${name} image of this annotation (images are stored for a limited time)`);
    return context.body(png as Uint8Array<ArrayBuffer>, 200, { 'content-type': 'image/png', 'cache-control': 'private, max-age=3600' });
  });
  return app;
}

/** @throws ProblemError 404 */
async function find(store: Store, id: string): Promise<SessionRecord> {
  const session = await store.get(id);
  if (!session) throw notFound('session with this id');
  return session;
}

async function listSessions(context: Context, store: Store): Promise<Response> {
  const limit = Number(context.req.query('limit') ?? 200);
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000) throw badRequest('bad_limit', 'limit must be a whole number from 1 to 1000');
  const before = context.req.query('before');
  const identity = context.get('identity');
  // A page after a session that the token does not cover would reveal when that session took place.
  if (before !== undefined && identity.session !== undefined && !coversSession(identity, (await store.get(before))?.name ?? ''))
    return context.json({ sessions: [] });
  return context.json({ sessions: await store.list({ limit, before, name: identity.session }) });
}

async function sendAnnotations(context: Context, session: SessionRecord, options: ApiOptions): Promise<Response> {
  const format = context.req.query('format') ?? 'json';
  if (format === 'html') return sendReport(context, session, options);
  if (!isExportFormat(format)) throw badRequest('bad_format', `format must be one of ${Object.keys(EXPORT_FORMATS).join(', ')}, html`);
  const coders = context.req.query('coders');
  if (coders !== undefined && (format === 'json' || format === 'bids'))
    throw badRequest(
      'bad_format',
      'reviews as JSON are at /api/sessions/{id}/reviews?coders=all; with coders, format must be csv, eaf or jsonl',
    );
  const body = await options.downloads.start(
    context.get('identity'),
    options.addressOf(context),
    streamAnnotations(
      format,
      annotationPages(options.store, session.id),
      { name: session.name },
      {
        markers: format === 'eaf' || format === 'bids' ? await options.markersOf(session.id) : [],
        reviews: coders === undefined ? undefined : reviewPages(options.store, session.id, await checkCoders(context, coders, options)),
      },
    ),
  );
  return context.body(body, 200, {
    'content-type': EXPORT_FORMATS[format],
    ...(format === 'json'
      ? {}
      : { 'content-disposition': `attachment; filename="${session.id}${format === 'bids' ? '_events.tsv' : `.${format}`}"` }),
    'cache-control': 'no-store',
  });
}

async function sendReport(context: Context, session: SessionRecord, { store, reports, addressOf }: ApiOptions): Promise<Response> {
  return context.body(await reports.start(context.get('identity'), addressOf(context), reportOf(store, session)), 200, {
    'content-type': 'text/html; charset=UTF-8',
    'content-disposition': `inline; filename="${session.id}.html"`,
    'content-security-policy': REPORT_POLICY,
    'cache-control': 'no-store',
  });
}

async function eraseSession(context: Context, id: string, options: ApiOptions): Promise<Response> {
  await checkErasure(context, id, options);
  const active = options.sessions.get(id);
  if (active) {
    active.running.close('deleted');
    await active.running.ended;
  } else {
    await options.endElsewhere?.(id);
  }
  if (!(await options.store.erase(id))) throw notFound('session with this id');
  return context.body(null, 204);
}

/** `admin` may erase every session, a publisher its own. @throws ProblemError */
async function checkErasure(context: Context, id: string, { store, addressOf }: ApiOptions): Promise<void> {
  const identity = context.get('identity');
  if (hasGrant(identity, 'admin') || (await store.writer(id)) === writerKey(identity, addressOf(context))) return;
  if (!(await store.get(id))) throw notFound('session with this id');
  throw new ProblemError({
    status: 403,
    title: 'Forbidden',
    code: 'not_the_publisher',
    detail: 'this token may erase only the sessions that it published; use a token with the grant admin',
  });
}
