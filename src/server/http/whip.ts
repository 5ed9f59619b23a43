import { randomBytes } from 'node:crypto';
import { Hono, type Context } from 'hono';
import { coversSession } from '../../auth/mod.js';
import type { Config } from '../../config/mod.js';
import type { Metrics } from '../../telemetry/mod.js';
import { readBody } from './body.js';
import type { Guard } from './guard.js';
import { holderOf } from '../sessions/session-quota.js';
import { ProblemError } from './problem.js';
import { keyOf, NOT_FOUND, type Bearer, type Publications, type Resources } from '../sessions/publications.js';
import { sessionLabel } from '../sessions/session-label.js';
import type { WhipRelay } from '../sessions/whip-relay.js';
import { writerKey } from '../sessions/writer-key.js';

const FRAGMENT = 'application/trickle-ice-sdpfrag';

/** What the routes need. */
export interface WhipOptions {
  readonly publications: Publications;
  /** Speaks for publishers of other processes, where there are any. */
  readonly relay?: WhipRelay | undefined;
  /** Address of another server that has room; undefined where there is none. */
  readonly elsewhere?: (() => string | undefined) | undefined;
  readonly metrics: Metrics;
  readonly guard: Guard;
  readonly limits: Pick<Config['limits'], 'body_bytes'>;
  /** The path below which a proxy serves this server. Default none. */
  readonly basePath?: string;
}

/**
 * WHIP (RFC 9725): `POST /whip`, `PATCH` and `DELETE` on the resource it answers with. The resource's path holds a secret that
 * only the publisher knows; the session's public id is told in `X-Session-Id`. Where this process has no room, a page is let in at
 * another one by way of this one; other publishers are sent there.
 */
export function whipRoutes({ publications, relay, elsewhere, metrics, guard, limits, basePath = '' }: WhipOptions): Hono {
  const app = new Hono();

  app.post('/whip', async (context) => {
    guard.countPublish(context);
    const identity = await guard.require(context, 'publish');
    expectType(context, 'application/sdp');
    const given = sessionLabel(context.req.query('name'));
    if (given !== undefined && !coversSession(identity, given)) {
      throw new ProblemError({
        status: 403,
        title: 'Forbidden',
        code: 'session_not_allowed',
        detail: 'this token may publish under the session name it is bound to only',
      });
    }
    const offer = await readBody(context, limits.body_bytes);
    const { refusal } = publications;
    // Browsers name the page's origin with every POST. A page may ask no other server than its own, and its token would not go along.
    const ofPage = context.req.header('origin') !== undefined;
    const other = refusal && !(relay && ofPage) ? passedOn(context, elsewhere) : undefined;
    if (other !== undefined) return context.body(null, 307, { location: other, 'cache-control': 'no-store' });
    const secret = randomBytes(24).toString('base64url');
    const beginning = {
      key: keyOf(secret),
      offer,
      name: given ?? identity.session,
      holder: holderOf(identity),
      writer: writerKey(identity, guard.peer(context).address),
      token: tokenKey(context),
    };
    const begun = await (refusal && relay && ofPage ? relay.begin(beginning, refusal) : publications.begin(beginning)).catch(
      (error: unknown) => {
        metrics.sessionsTotal.inc({ result: 'refused' });
        throw error;
      },
    );
    const tag = begun.tag ?? relay?.tag;
    for (const link of begun.links) context.header('Link', link, { append: true });
    return context.body(begun.answer, 201, {
      'content-type': 'application/sdp',
      location: `${basePath}/whip/${tag === undefined ? '' : `${tag}.`}${secret}`,
      etag: begun.etag,
      'x-session-id': begun.session,
      'accept-patch': FRAGMENT,
      'cache-control': 'no-store',
    });
  });

  app.options('/whip', (context) => context.body(null, 204, { 'accept-post': 'application/sdp', allow: 'POST, OPTIONS' }));
  app.all('/whip', () => {
    throw methodNotAllowed('POST, OPTIONS');
  });

  app.patch('/whip/:resource', async (context) => {
    const { resources, key, by } = await find(context, 'patch');
    expectType(context, FRAGMENT);
    const fragment = await readBody(context, limits.body_bytes);
    const answer = await resources.trickle(key, by, fragment, context.req.header('if-match'));
    if (answer.body === undefined) return context.body(null, 204);
    return context.body(answer.body, 200, { 'content-type': FRAGMENT, etag: answer.etag, 'cache-control': 'no-store' });
  });

  app.delete('/whip/:resource', async (context) => {
    const { resources, key, by } = await find(context, 'delete');
    await resources.end(key, by);
    return context.body(null, 200);
  });

  app.options('/whip/:resource', (context) => context.body(null, 204, { 'accept-patch': FRAGMENT, allow: 'PATCH, DELETE, OPTIONS' }));
  app.all('/whip/:resource', () => {
    throw methodNotAllowed('PATCH, DELETE, OPTIONS');
  });

  return app;

  /**
   * Where a resource is, and by what right it is asked for. In an installation of several processes its path is `/whip/<process>.<secret>`.
   * RFC 9725: the token comes with every request; the one that began the session serves to its end.
   */
  async function find(
    context: Context<object, '/whip/:resource'>,
    method: 'patch' | 'delete',
  ): Promise<{ readonly resources: Resources; readonly key: string; readonly by: Bearer }> {
    const [, tag, secret = ''] = /^(?:([^.]*)\.)?(.*)$/.exec(context.req.param('resource')) ?? [];
    const resources = (tag === undefined ? undefined : relay?.resources(tag, method)) ?? publications;
    const key = keyOf(secret);
    const token = tokenKey(context);
    if (token !== undefined && (await resources.has(key, { token }))) return { resources, key, by: { token } };
    const { session } = await guard.require(context, 'publish');
    const by = { identity: session === undefined ? {} : { session } };
    if (await resources.has(key, by)) return { resources, key, by };
    throw new ProblemError(NOT_FOUND);
  }

  function tokenKey(context: Context): string | undefined {
    const token = guard.tokenOf(context);
    return token === undefined ? undefined : keyOf(token);
  }
}

/** Times that a publisher is sent on: loads are known within seconds, so the next one may be full as well. */
export const MOST_HOPS = 3;

/** The URL at another server to post the same offer to (RFC 9725 section 4.5); undefined where none has room, or too many were tried. */
function passedOn(context: Context, elsewhere: WhipOptions['elsewhere']): string | undefined {
  const hops = Number(context.req.query('hops') ?? 0);
  const server = hops >= 0 && hops < MOST_HOPS ? elsewhere?.() : undefined;
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
    detail: `this resource takes ${allow}`,
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
