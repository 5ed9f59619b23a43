import { stat } from 'node:fs/promises';
import { relative, sep } from 'node:path';
import { serveStatic } from '@hono/node-server/serve-static';
import { Hono, type MiddlewareHandler } from 'hono';
import { etag } from 'hono/etag';

declare module 'hono' {
  interface ContextVariableMap {
    /** The file that answers a request for the page, in the form (compressed or not) that is sent. */
    file: string;
  }
}

/** Names below `assets` hold a hash of the content, so what is there once never changes. */
const IMMUTABLE = 'public, max-age=31536000, immutable';
/** Everything else is asked for again, and sent again only where it changed. */
const REVALIDATE = 'no-cache';

/** The page as the build left it in `root`: compressed where the build made such a copy and the browser takes it, with `ETag` and caching. */
export function pageFiles(root: string): Hono {
  const app = new Hono();
  const options = {
    root,
    precompressed: true,
    onFound: (path: string, context: { set: (key: 'file', value: string) => void }) => {
      context.set('file', path);
    },
  };
  app.get('/watch', etag(), caching(root), serveStatic({ ...options, path: 'index.html' }));
  app.get('/*', etag(), caching(root), serveStatic(options));
  return app;
}

/** Says what may be kept, and gives the file a weak `ETag` by size and time, as web servers do: no byte is read for it. */
function caching(root: string): MiddlewareHandler {
  return async (context, next) => {
    await next();
    const file = context.get('file') as string | undefined;
    if (file === undefined) return;
    const { headers } = context.res;
    headers.set('cache-control', relative(root, file).startsWith(`assets${sep}`) ? IMMUTABLE : REVALIDATE);
    if (!/\baccept-encoding\b/i.test(headers.get('vary') ?? '')) headers.append('vary', 'Accept-Encoding');
    const stats = await stat(file).catch(() => undefined);
    if (stats) headers.set('etag', `W/"${stats.size.toString(36)}-${Math.round(stats.mtimeMs).toString(36)}"`);
  };
}
