import { Hono, type Context } from 'hono';
import { coversSession } from '../auth/mod.js';
import { EXPORT_FORMATS, exportAnnotations, type ExportFormat } from '../annotations/mod.js';
import { REPORT_POLICY } from '../report/mod.js';
import { IMAGE_NAMES, type ImageName, type SessionRecord, type Store } from '../store/mod.js';
import { ProblemError, notFound } from './problem.js';
import { reportOf } from './report.js';
import type { Sessions } from './sessions.js';

/** Ends a live session of another process; false where there is none. */
export type EndElsewhere = (session: string) => Promise<boolean>;

/** `/api`: sessions, what was found in them, and its images. */
export function apiRoutes(store: Store, sessions: Sessions, endElsewhere?: EndElsewhere): Hono {
  const app = new Hono();

  app.get('/api/sessions', async (context) => {
    const limit = Number(context.req.query('limit') ?? 200);
    if (!Number.isInteger(limit) || limit < 1 || limit > 1000) throw new ProblemError({ status: 400, title: 'Bad Request', code: 'bad_limit', detail: 'limit must be a whole number from 1 to 1000' });
    const before = context.req.query('before');
    const identity = context.get('identity');
    // A page after a session that may not be seen would tell when that one was.
    if (before !== undefined && identity.session !== undefined && !coversSession(identity, (await store.get(before))?.name ?? '')) return context.json({ sessions: [] });
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
    if (!(format in EXPORT_FORMATS)) {
      throw new ProblemError({ status: 400, title: 'Bad Request', code: 'bad_format', detail: `format must be one of ${Object.keys(EXPORT_FORMATS).join(', ')}, html` });
    }
    const known = format as ExportFormat;
    return context.body(exportAnnotations(known, await store.annotations(session.id), { recording: { name: session.name } }), 200, {
      'content-type': EXPORT_FORMATS[known],
      ...(known === 'json' ? {} : { 'content-disposition': `attachment; filename="${session.id}.${known}"` }),
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
    const live = sessions.get(id);
    if (live) {
      live.running.close('deleted');
      await live.running.ended;
    } else {
      await endElsewhere?.(id);
    }
    if (!await store.erase(id)) throw notFound('session of this id');
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

  async function report(context: Context, session: SessionRecord): Promise<Response> {
    return context.html(await reportOf(store, session), 200, {
      'content-disposition': `inline; filename="${session.id}.html"`, 'content-security-policy': REPORT_POLICY, 'cache-control': 'no-store',
    });
  }
}
