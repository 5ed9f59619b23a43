import { Hono, type MiddlewareHandler } from 'hono';
import { sessionOf } from '../../events/mod.js';
import { coversSession, hasGrant, type Identity } from '../../auth/mod.js';
import { GRANTS, type Config, type Grant } from '../../config/mod.js';
import type { Guard } from './guard.js';
import { notFound } from './problem.js';

declare module 'hono' {
  interface ContextVariableMap {
    /** Who asks, set on every route under `/api`. */
    identity: Identity;
  }
}

/**
 * What a method needs under `/api`; those not named need `admin`. Who publishes may move the threshold of a session, and erase what the
 * same token published.
 */
const GRANT_OF: Readonly<Record<string, Grant>> = { GET: 'watch', HEAD: 'watch', OPTIONS: 'watch', PATCH: 'publish', DELETE: 'publish' };

/** What a request under `/api` needs. Recordings belong to who uploads them, and nobody else is to know of them. */
function grantFor(method: string, path: string): Grant {
  if (path === '/api/tickets') return 'watch';
  if (/^\/api\/recordings(?:\/|$)/.test(path)) return 'publish';
  return GRANT_OF[method] ?? 'admin';
}

/** Body of `GET /api/access`: what whoever asks may do, and the only session name that their token is for. */
interface Access {
  readonly token: 'required' | 'not_needed';
  readonly grants: readonly Grant[];
  readonly session: string | null;
}

/** Options of {@link accessRoutes}. */
export interface AccessOptions {
  readonly guard: Guard;
  readonly config: Config;
  /** Name of a session, undefined where there is none. */
  readonly sessionName: (id: string) => Promise<string | undefined>;
}

/**
 * What stands before the routes: the guard, CORS for the listed origins, and the rights that `/api` needs whatever the route:
 * `watch` to read, `publish` to adjust and erase, and nothing of a session that the token isn't for. Also `POST /api/tickets`, and
 * `GET /api/access`, which tells any token what it allows.
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
    };
    return context.json(access, 200, { 'cache-control': 'no-store' });
  });
  app.use('/api/*', async (context, next) => {
    const identity = await guard.require(context, grantFor(context.req.method, context.req.path));
    context.set('identity', identity);
    await next();
  });
  /** Who may see some sessions only sees nothing of what belongs to no session that is known. */
  const onlyCovered = async (identity: Identity, session: string): Promise<void> => {
    if (identity.session === undefined) return;
    const name = await sessionName(session);
    if (name === undefined || !coversSession(identity, name)) throw notFound('session of this id');
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
  return async (context, next) => {
    const origin = context.req.header('origin');
    const known = origin !== undefined && listed.includes(origin);
    if (known && context.req.method === 'OPTIONS' && context.req.header('access-control-request-method') !== undefined) {
      return context.body(null, 204, {
        'access-control-allow-origin': origin,
        vary: 'Origin',
        'access-control-max-age': '600',
        'access-control-allow-methods': 'GET, HEAD, POST, PATCH, DELETE',
        'access-control-allow-headers': 'authorization, content-type, if-match, upload-offset',
      });
    }
    await next();
    if (known) {
      context.res.headers.set('access-control-allow-origin', origin);
      context.res.headers.append('vary', 'Origin');
      context.res.headers.set(
        'access-control-expose-headers',
        'location, etag, link, x-session-id, retry-after, www-authenticate, upload-offset, upload-length',
      );
    }
    return undefined;
  };
}
