import { Hono, type MiddlewareHandler } from 'hono';
import { except } from 'hono/combine';
import { cors } from 'hono/cors';
import { sessionOf, type Access } from '../../events/mod.js';
import { coversSession, hasGrant, type Identity } from '../../auth/mod.js';
import { GRANTS, type Config, type Grant } from '../../config/mod.js';
import type { Guard } from './guard.js';
import { notFound } from './problem.js';

declare module 'hono' {
  interface ContextVariableMap {
    /** The caller's identity, set on every route under `/api`. */
    identity: Identity;
  }
}

/**
 * The grant that each method needs under `/api`; any other method needs `admin`. A publisher may change a session's threshold, and erase
 * the sessions that the same token published.
 */
const GRANT_OF: Readonly<Record<string, Grant>> = { GET: 'watch', HEAD: 'watch', OPTIONS: 'watch', PATCH: 'publish', DELETE: 'publish' };

/** The grant that a request under `/api` needs. Recordings are visible to whoever uploaded them only. */
export function grantFor(method: string, path: string): Grant {
  if (path === '/api/tickets') return 'watch';
  if (/^\/api\/recordings(?:\/|$)/.test(path)) return 'publish';
  if (method === 'POST' && /^\/api\/sessions\/[^/]+\/markers$/.test(path)) return 'publish';
  if (['PUT', 'DELETE'].includes(method) && /^\/api\/sessions\/[^/]+\/reviews\//.test(path)) return 'review';
  if (method === 'POST' && /^\/api\/annotations\/[^/]+\/ask$/.test(path)) return 'watch';
  return GRANT_OF[method] ?? 'admin';
}

export interface AccessOptions {
  readonly guard: Guard;
  readonly config: Config;
  /** Name of a session; undefined where it does not exist. */
  readonly sessionName: (id: string) => Promise<string | undefined>;
}

/**
 * Middleware before the routes: the guard, CORS for the listed origins, and the grants that every route under `/api` needs: `watch` to
 * read, `publish` to adjust and erase, and no access to sessions that the token does not cover. Also `POST /api/tickets`, and
 * `GET /api/access`, which returns what a token allows.
 */
export function accessRoutes({ guard, config, sessionName }: AccessOptions): Hono {
  const app = new Hono();
  app.use(async (context, next) => {
    guard.admit(context);
    await next();
  });
  app.use(crossOrigin(config.server.allowed_origins));
  app.get('/api/access', async (context) => {
    const identity = await guard.identify(context);
    const access: Access = {
      token: guard.enabled ? 'required' : 'not_needed',
      grants: GRANTS.filter((grant) => hasGrant(identity, grant)),
      session: identity.session ?? null,
      notice: config.consent.notice ?? null,
    };
    return context.json(access, 200, { 'cache-control': 'no-store' });
  });
  app.use('/api/*', async (context, next) => {
    const identity = await guard.require(context, grantFor(context.req.method, context.req.path));
    context.set('identity', identity);
    await next();
  });
  /** A token that is bound to a session name is refused everything else, unknown sessions included. */
  const onlyCovered = async (identity: Identity, session: string): Promise<void> => {
    if (identity.session === undefined) return;
    const name = await sessionName(session);
    if (name === undefined || !coversSession(identity, name)) throw notFound('session with this id');
  };
  app.use('/api/sessions/:id/*', async (context, next) => {
    await onlyCovered(context.get('identity'), context.req.param('id'));
    await next();
  });
  app.use('/api/annotations/:id/*', async (context, next) => {
    await onlyCovered(context.get('identity'), sessionOf(context.req.param('id')));
    await next();
  });
  app.post('/api/tickets', async (context) =>
    context.json({ ticket: await guard.issueTicket(context.get('identity')), expires_in: guard.tickets.life / 1000 }, 201, {
      'cache-control': 'no-store',
    }),
  );
  return app;
}

/** CORS (Fetch standard, section 3.2) for listed origins; no cookies, so no credentials. */
function crossOrigin(listed: readonly string[]): MiddlewareHandler {
  const allowed = cors({
    origin: [...listed],
    allowMethods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowHeaders: ['authorization', 'content-type', 'if-match', 'upload-offset'],
    exposeHeaders: ['location', 'etag', 'link', 'x-session-id', 'retry-after', 'www-authenticate', 'upload-offset', 'upload-length'],
    maxAge: 600,
  });
  // Hono's middleware would answer any OPTIONS request, also those that ask what a WHIP resource accepts (RFC 9725).
  return except(({ req }) => {
    const isPreflight = req.header('access-control-request-method') !== undefined;
    return !listed.includes(req.header('origin') ?? '') || (req.method === 'OPTIONS' && !isPreflight);
  }, allowed);
}
