import { stat } from 'node:fs/promises';
import { relative, sep } from 'node:path';
import { serveStatic } from '@hono/node-server/serve-static';
import { Hono, type MiddlewareHandler } from 'hono';
import { etag } from 'hono/etag';

declare module 'hono' {
  interface ContextVariableMap {
    /** The file that is sent, compressed or not. */
    file: string;
  }
}

/** File names below `assets` contain a hash of the content, so their content never changes. */
const IMMUTABLE = 'public, max-age=31536000, immutable';
/** Browsers revalidate every other file, which is sent only if it changed. */
const REVALIDATE = 'no-cache';

/** The JavaScript client, the web components, and what both use. */
export const CLIENT_FILES: readonly string[] = ['/mellm-live.js', '/mellm-elements.js', '/mellm-shared.js'];

/**
 * Serves the built page from `root`, precompressed where possible, with `ETag` and caching; and the JavaScript client and the web
 * components, for pages of other origins.
 */
export function pageFiles(root: string, clientRoot: string): Hono {
  const app = new Hono();
  const options = {
    root,
    precompressed: true,
    onFound: (path: string, context: { set: (key: 'file', value: string) => void }) => {
      context.set('file', path);
    },
  };
  for (const page of ['/watch', '/review']) app.get(page, etag(), caching(root), serveStatic({ ...options, path: 'index.html' }));
  for (const file of CLIENT_FILES) app.get(file, etag(), caching(clientRoot), serveStatic({ ...options, root: clientRoot }));
  app.get('/*', etag(), caching(root), serveStatic(options));
  return app;
}

/** Sets `Cache-Control`, and a weak `ETag` from size and modification time, which needs no read of the file. */
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
