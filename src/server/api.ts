import { Hono } from 'hono';
import { coversSession } from '../auth/mod.js';
import { EXPORT_FORMATS, exportAnnotations, type ExportFormat } from '../annotations/mod.js';
import type { ImageName, Store } from '../store/mod.js';
import { ProblemError, notFound } from './problem.js';
import type { Sessions } from './sessions.js';

/** `/api`: sessions, what was found in them, and its images. */
export function apiRoutes(store: Store, sessions: Sessions): Hono {
  const app = new Hono();

  app.get('/api/sessions', async (context) => context.json({
    sessions: (await store.list()).filter(({ name }) => coversSession(context.get('identity'), name)),
  }));

  app.get('/api/sessions/:id', async (context) => {
    const session = await store.get(context.req.param('id'));
    if (!session) throw notFound('session of this id');
    return context.json(session);
  });

  app.get('/api/sessions/:id/annotations', async (context) => {
    const session = await store.get(context.req.param('id'));
    if (!session) throw notFound('session of this id');
    const format = context.req.query('format') ?? 'json';
    if (!(format in EXPORT_FORMATS)) {
      throw new ProblemError({ status: 400, title: 'Bad Request', code: 'bad_format', detail: `format must be one of ${Object.keys(EXPORT_FORMATS).join(', ')}` });
    }
    const known = format as ExportFormat;
    return context.body(exportAnnotations(known, await store.annotations(session.id)), 200, {
      'content-type': EXPORT_FORMATS[known],
      ...(known === 'json' ? {} : { 'content-disposition': `attachment; filename="${session.id}.${known}"` }),
      'cache-control': 'no-store',
    });
  });

  app.delete('/api/sessions/:id', async (context) => {
    const id = context.req.param('id');
    const live = sessions.get(id);
    if (live) {
      live.running.close('deleted');
      await live.running.ended;
    }
    if (!await store.erase(id)) throw notFound('session of this id');
    return context.body(null, 204);
  });

  app.get('/api/annotations/:id/:file{(onset|apex|flow|motion)\\.png}', async (context) => {
    const name = context.req.param('file').slice(0, -4) as ImageName;
    const png = await store.image(context.req.param('id'), name);
    if (!png) throw notFound(`${name} image of this annotation (images are kept for a while only)`);
    return context.body(png as Uint8Array<ArrayBuffer>, 200, { 'content-type': 'image/png', 'cache-control': 'private, max-age=3600' });
  });

  return app;
}
