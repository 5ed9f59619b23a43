import { randomBytes } from 'node:crypto';
import { Hono, type Context } from 'hono';
import { coversSession } from '../../auth/mod.js';
import type { Config } from '../../config/mod.js';
import type { Metrics } from '../../telemetry/mod.js';
import { readBody } from './body.js';
import type { Guard } from './guard.js';
import { holderOf } from '../sessions/session-quota.js';
import { ProblemError, SESSION_NOT_ALLOWED } from './problem.js';
import { keyOf, NOT_FOUND, type Bearer, type Publications, type PublishRequest, type Resources } from '../sessions/publications.js';
import { sessionLabel } from '../sessions/session-label.js';
import type { WhipRelay } from '../sessions/whip-relay.js';
import { writerKey } from '../sessions/writer-key.js';

const FRAGMENT = 'application/trickle-ice-sdpfrag';

export interface WhipOptions {
  readonly publications: Publications;
  /** Relays signalling to other processes, where there are any. */
  readonly relay?: WhipRelay | undefined;
  /** URL of another server that has capacity; undefined where none has. */
  readonly elsewhere?: (() => string | undefined) | undefined;
  readonly metrics: Metrics;
  readonly guard: Guard;
  readonly limits: Pick<Config['limits'], 'body_bytes'>;
  /** The path below which a proxy serves this server. Default none. */
  readonly basePath?: string;
}

/**
 * WHIP (RFC 9725): `POST /whip`, then `PATCH` and `DELETE` on the resource in its `Location`. The resource's path holds a secret that
 * only the publisher knows; `X-Session-Id` holds the session's public id. If this process is full, the offer of a page is relayed to
 * another process, and every other publisher is redirected to it.
 */
export function whipRoutes(options: WhipOptions): Hono {
  const { limits } = options;
  const app = new Hono();
  app.post('/whip', (context) => publish(context, options));
  app.options('/whip', (context) => context.body(null, 204, { 'accept-post': 'application/sdp', allow: 'POST, OPTIONS' }));
  app.all('/whip', () => {
    throw methodNotAllowed('POST, OPTIONS');
  });
  app.patch('/whip/:resource', async (context) => {
    const { resources, key, by } = await find(context, 'patch', options);
    expectType(context, FRAGMENT);
    const fragment = await readBody(context, limits.body_bytes);
    const answer = await resources.trickle(key, by, fragment, context.req.header('if-match'));
    if (answer.body === undefined) return context.body(null, 204);
    return context.body(answer.body, 200, { 'content-type': FRAGMENT, etag: answer.etag, 'cache-control': 'no-store' });
  });
  app.delete('/whip/:resource', async (context) => {
    const { resources, key, by } = await find(context, 'delete', options);
    await resources.end(key, by);
    return context.body(null, 200);
  });
  app.options('/whip/:resource', (context) => context.body(null, 204, { 'accept-patch': FRAGMENT, allow: 'PATCH, DELETE, OPTIONS' }));
  app.all('/whip/:resource', () => {
    throw methodNotAllowed('PATCH, DELETE, OPTIONS');
  });
  return app;
}

async function publish(context: Context, options: WhipOptions): Promise<Response> {
  const { publications, relay, elsewhere, metrics, guard, limits, basePath = '' } = options;
  guard.countPublish(context);
  const identity = await guard.require(context, 'publish');
  expectType(context, 'application/sdp');
  const name = sessionLabel(context.req.query('name'));
  if (name !== undefined && !coversSession(identity, name)) throw new ProblemError(SESSION_NOT_ALLOWED);
  const offer = await readBody(context, limits.body_bytes);
  const { refusal } = publications;
  // Browsers send the page's origin with every POST. A page may connect to its own server only, and a redirect would drop its token.
  const fromPage = context.req.header('origin') !== undefined;
  const other = refusal && !(relay && fromPage) ? redirectTarget(context, elsewhere) : undefined;
  if (other !== undefined) return context.body(null, 307, { location: other, 'cache-control': 'no-store' });
  const secret = randomBytes(24).toString('base64url');
  const request: PublishRequest = {
    key: keyOf(secret),
    offer,
    name: name ?? identity.session,
    holder: holderOf(identity),
    writer: writerKey(identity, guard.peer(context).address),
    token: tokenKey(context, guard),
  };
  const published = await (refusal && relay && fromPage ? relay.begin(request, refusal) : publications.begin(request)).catch(
    (error: unknown) => {
      metrics.sessionsTotal.inc({ result: 'refused' });
      throw error;
    },
  );
  const tag = published.tag ?? relay?.tag;
  for (const link of published.links) context.header('Link', link, { append: true });
  return context.body(published.answer, 201, {
    'content-type': 'application/sdp',
    location: `${basePath}/whip/${tag === undefined ? '' : `${tag}.`}${secret}`,
    etag: published.etag,
    'x-session-id': published.session,
    'accept-patch': FRAGMENT,
    'cache-control': 'no-store',
  });
}

/**
 * Finds a resource and what entitles the client to use it. With several processes the path is `/whip/<process>.<secret>`.
 * RFC 9725: the token comes with every request; the one that started the session stays valid for it until its end.
 */
async function find(
  context: Context<object, '/whip/:resource'>,
  method: 'patch' | 'delete',
  { publications, relay, guard }: WhipOptions,
): Promise<{ readonly resources: Resources; readonly key: string; readonly by: Bearer }> {
  const [, tag, secret = ''] = /^(?:([^.]*)\.)?(.*)$/.exec(context.req.param('resource')) ?? [];
  const resources = (tag === undefined ? undefined : relay?.resources(tag, method)) ?? publications;
  const key = keyOf(secret);
  const token = tokenKey(context, guard);
  if (token !== undefined && (await resources.has(key, { token }))) return { resources, key, by: { token } };
  const { session } = await guard.require(context, 'publish');
  const by = { identity: session === undefined ? {} : { session } };
  if (await resources.has(key, by)) return { resources, key, by };
  throw new ProblemError(NOT_FOUND);
}

function tokenKey(context: Context, guard: Guard): string | undefined {
  const token = guard.tokenOf(context);
  return token === undefined ? undefined : keyOf(token);
}

/** Redirects of one publisher: the load that is known of a process is some seconds old, so it may be full as well. */
export const MAX_HOPS = 3;

/**
 * URL of another server to post the same offer to (RFC 9725 section 4.5); undefined where none has capacity, or after {@link MAX_HOPS}
 * redirects.
 */
function redirectTarget(context: Context, elsewhere: WhipOptions['elsewhere']): string | undefined {
  const hops = Number(context.req.query('hops') ?? 0);
  const server = hops >= 0 && hops < MAX_HOPS ? elsewhere?.() : undefined;
  if (server === undefined) return undefined;
  const url = new URL(`${server.replace(/\/$/, '')}/whip`);
  for (const [key, value] of Object.entries(context.req.query())) url.searchParams.set(key, value);
  url.searchParams.set('hops', String(hops + 1));
  return url.href;
}

const methodNotAllowed = (allow: string): ProblemError =>
  new ProblemError({
    status: 405,
    title: 'Method Not Allowed',
    code: 'method_not_allowed',
    detail: `method not allowed; this resource accepts ${allow}`,
    headers: { allow },
  });

function expectType(context: Context, type: string): void {
  const given = context.req.header('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (given === type) return;
  throw new ProblemError({
    status: 415,
    title: 'Unsupported Media Type',
    code: 'unsupported_media_type',
    detail: `expected content-type ${type}, got ${given ?? 'none'}`,
    headers: { [type === FRAGMENT ? 'accept-patch' : 'accept-post']: type },
  });
}
