import { Hono, type Context } from 'hono';
import { coversSession, hasGrant } from '../../auth/mod.js';
import { EXPORT_FORMATS, isExportFormat, streamAnnotations } from '../../events/mod.js';
import { REPORT_POLICY } from '../../events/report/mod.js';
import { IMAGE_NAMES, type ImageName, type SessionRecord, type Store } from '../../store/mod.js';
import { annotationPages } from './annotation-pages.js';
import type { Downloads } from './downloads.js';
import { ProblemError, notFound } from './problem.js';
import { reportOf } from './report.js';
import type { Sessions } from '../sessions/sessions.js';
import { writerKey } from '../sessions/writer-key.js';

/** Ends a live session of another process; false where there is none. */
type EndElsewhere = (session: string) => Promise<boolean>;

/** What the routes need. */
export interface ApiOptions {
  readonly store: Store;
  readonly sessions: Sessions;
  readonly downloads: Downloads;
  /** A report needs all annotations of its session in memory, so fewer go at a time. */
  readonly reports: Downloads;
  /** Where a request comes from. */
  readonly addressOf: (context: Context) => string;
  /** Absent where there are no other processes. */
  readonly endElsewhere?: EndElsewhere | undefined;
}

/** `/api`: sessions, what was found in them, and its images. */
export function apiRoutes({ store, sessions, downloads, reports, addressOf, endElsewhere }: ApiOptions): Hono {
  const app = new Hono();

  app.get('/api/sessions', async (context) => {
    const limit = Number(context.req.query('limit') ?? 200);
    if (!Number.isInteger(limit) || limit < 1 || limit > 1000)
      throw new ProblemError({
        status: 400,
        title: 'Bad Request',
        code: 'bad_limit',
        detail: 'limit must be a whole number from 1 to 1000',
      });
    const before = context.req.query('before');
    const identity = context.get('identity');
    // A page after a session that may not be seen would tell when that one was.
    if (before !== undefined && identity.session !== undefined && !coversSession(identity, (await store.get(before))?.name ?? ''))
      return context.json({ sessions: [] });
    return context.json({ sessions: await store.list({ limit, before, name: identity.session }) });
  });

  app.get('/api/sessions/:id', async (context) => {
    const session = await store.get(context.req.param('id'));
    if (!session) throw notFound('session of this id');
    return context.json(session);
  });

  app.get('/api/sessions/:id/annotations', async (context) => {
    const session = await store.get(context.req.param('id'));
    if (!session) throw notFound('session of this id');
    const format = context.req.query('format') ?? 'json';
    if (format === 'html') return report(context, session);
    if (!isExportFormat(format)) {
      throw new ProblemError({
        status: 400,
        title: 'Bad Request',
        code: 'bad_format',
        detail: `format must be one of ${Object.keys(EXPORT_FORMATS).join(', ')}, html`,
      });
    }
    const body = await downloads.start(
      context.get('identity'),
      addressOf(context),
      streamAnnotations(format, annotationPages(store, session.id), { name: session.name }),
    );
    return context.body(body, 200, {
      'content-type': EXPORT_FORMATS[format],
      ...(format === 'json' ? {} : { 'content-disposition': `attachment; filename="${session.id}.${format}"` }),
      'cache-control': 'no-store',
    });
  });

  app.get('/api/sessions/:id/report.html', async (context) => {
    const session = await store.get(context.req.param('id'));
    if (!session) throw notFound('session of this id');
    return report(context, session);
  });

  app.delete('/api/sessions/:id', async (context) => {
    const id = context.req.param('id');
    await checkErasure(context, id);
    const live = sessions.get(id);
    if (live) {
      live.running.close('deleted');
      await live.running.ended;
    } else {
      await endElsewhere?.(id);
    }
    if (!(await store.erase(id))) throw notFound('session of this id');
    return context.body(null, 204);
  });

  app.get('/api/annotations/:id/images', async (context) => {
    const id = context.req.param('id');
    const held = await Promise.all(IMAGE_NAMES.map(async (name) => (await store.image(id, name)) !== undefined));
    return context.json({ images: IMAGE_NAMES.filter((_name, i) => held[i]) }, 200, { 'cache-control': 'no-store' });
  });

  app.get('/api/annotations/:id/:file{(onset|apex|flow|motion)\\.png}', async (context) => {
    const name = context.req.param('file').slice(0, -4) as ImageName;
    const png = await store.image(context.req.param('id'), name);
    if (!png) throw notFound(`${name} image of this annotation (images are kept for a while only)`);
    return context.body(png as Uint8Array<ArrayBuffer>, 200, { 'content-type': 'image/png', 'cache-control': 'private, max-age=3600' });
  });

  return app;

  /** Who may do everything erases every session, others what they published themselves. @throws ProblemError */
  async function checkErasure(context: Context, id: string): Promise<void> {
    const identity = context.get('identity');
    if (hasGrant(identity, 'admin') || (await store.writer(id)) === writerKey(identity, addressOf(context))) return;
    if (!(await store.get(id))) throw notFound('session of this id');
    throw new ProblemError({
      status: 403,
      title: 'Forbidden',
      code: 'not_the_publisher',
      detail: 'this token may erase only the sessions that it published; use one with the grant admin',
    });
  }

  async function report(context: Context, session: SessionRecord): Promise<Response> {
    return context.body(await reports.start(context.get('identity'), addressOf(context), reportOf(store, session)), 200, {
      'content-type': 'text/html; charset=UTF-8',
      'content-disposition': `inline; filename="${session.id}.html"`,
      'content-security-policy': REPORT_POLICY,
      'cache-control': 'no-store',
    });
  }
}
