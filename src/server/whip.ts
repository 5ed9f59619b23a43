import { randomBytes } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import { Hono, type Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { coversSession, digest, sameDigest } from '../auth/mod.js';
import type { Config } from '../config/mod.js';
import { WhipError, type IngestPool, type Publication } from '../ingest/mod.js';
import type { Metrics } from '../telemetry/mod.js';
import { readBody } from './body.js';
import type { Guard } from './guard.js';
import type { HeldSessions } from './held-sessions.js';
import { ProblemError } from './problem.js';
import type { Sessions } from './sessions.js';

const FRAGMENT = 'application/trickle-ice-sdpfrag';

/** What the routes need. */
export interface WhipOptions {
  /** Absent where this process takes no publishers. */
  readonly ingest: Pick<IngestPool, 'publish'> | undefined;
  /** Address of another server that has room; undefined where there is none. */
  readonly elsewhere?: (() => string | undefined) | undefined;
  readonly sessions: Sessions;
  /** Counts them by token. */
  readonly held: HeldSessions;
  readonly metrics: Metrics;
  readonly iceServers: Config['webrtc']['ice_servers'];
  readonly guard: Guard;
  readonly limits: Pick<Config['limits'], 'body_bytes'>;
}

/** What a resource stands for. */
interface Published {
  readonly publication: Publication;
  readonly session: string;
  readonly name: string;
  /** Digest of the token that began it: it may end it even when it has expired since. */
  readonly token: Buffer | undefined;
}

/**
 * WHIP (RFC 9725): `POST /whip`, `PATCH` and `DELETE` on the resource it answers with. The resource's path holds a secret that
 * only the publisher knows; the session's public id is told in `X-Session-Id`.
 */
export function whipRoutes({ ingest, elsewhere, sessions, held, metrics, iceServers, guard, limits }: WhipOptions): Hono {
  const app = new Hono();
  /** By digest of the secret: found in a time that tells nothing of it, and a dump of the memory ends no session. */
  const publications = new Map<string, Published>();

  app.post('/whip', async (context) => {
    guard.countPublish(context);
    const identity = await guard.require(context, 'publish');
    expectType(context, 'application/sdp');
    const given = label(context.req.query('name'));
    if (given !== undefined && !coversSession(identity, given)) {
      throw new ProblemError({ status: 403, title: 'Forbidden', code: 'session_not_allowed', detail: 'this token may publish under the session name it is bound to only' });
    }
    const offer = await readBody(context, limits.body_bytes);
    const refusal = sessions.refusalProblem;
    if (refusal || !ingest) {
      const other = passedOn(context, elsewhere);
      if (other !== undefined) return context.body(null, 307, { location: other, 'cache-control': 'no-store' });
      metrics.sessionsTotal.inc({ result: 'refused' });
      throw new ProblemError(refusal ?? NO_ROOM);
    }
    const id = sessions.newId();
    const giveBack = held.hold(identity);
    const release = sessions.reserve();
    let began = false;
    try {
      const publication = await ingest.publish(offer, { sessionKey: id }).catch((error: unknown) => {
        metrics.sessionsTotal.inc({ result: 'refused' });
        throw toProblem(error);
      });
      const name = given ?? identity.session ?? id;
      const session = sessions.start(id, name, publication.source);
      began = true;
      const secret = randomBytes(24).toString('base64url');
      const token = guard.tokenOf(context);
      publications.set(keyOf(secret), { publication, session: id, name, token: token === undefined ? undefined : digest(token) });
      void session.running.ended.then(() => { publications.delete(keyOf(secret)); giveBack(); });
      for (const server of iceServers) {
        const auth = server.username === undefined ? '' : `; username=${quote(server.username)}; credential=${quote(server.credential ?? '')}; credential-type="password"`;
        context.header('Link', `<${server.urls}>; rel="ice-server"${auth}`, { append: true });
      }
      return context.body(publication.answer, 201, {
        'content-type': 'application/sdp', location: `/whip/${secret}`, etag: publication.etag, 'x-session-id': id,
        'accept-patch': FRAGMENT, 'cache-control': 'no-store',
      });
    } finally {
      release();
      if (!began) giveBack();
    }
  });

  app.options('/whip', (context) => context.body(null, 204, { 'accept-post': 'application/sdp', allow: 'POST, OPTIONS' }));
  app.all('/whip', () => { throw methodNotAllowed('POST, OPTIONS'); });

  app.patch('/whip/:secret', async (context) => {
    const { publication } = await find(context);
    expectType(context, FRAGMENT);
    const fragment = await readBody(context, limits.body_bytes);
    const answer = await publication.trickle(fragment, context.req.header('if-match')).catch((error: unknown) => { throw toProblem(error); });
    if (answer.body === undefined) return context.body(null, 204);
    return context.body(answer.body, 200, { 'content-type': FRAGMENT, etag: answer.etag, 'cache-control': 'no-store' });
  });

  app.delete('/whip/:secret', async (context) => {
    const { session } = await find(context);
    publications.delete(keyOf(context.req.param('secret')));
    sessions.get(session)?.running.close('ended');
    return context.body(null, 200);
  });

  app.options('/whip/:secret', (context) => context.body(null, 204, { 'accept-patch': FRAGMENT, allow: 'PATCH, DELETE, OPTIONS' }));
  app.all('/whip/:secret', () => { throw methodNotAllowed('PATCH, DELETE, OPTIONS'); });

  return app;

  /** RFC 9725: the token comes with every request; the one that began the session serves to its end. */
  async function find(context: Context<object, '/whip/:secret'>): Promise<Published> {
    const found = publications.get(keyOf(context.req.param('secret')));
    const token = guard.tokenOf(context);
    if (found?.token && token !== undefined && sameDigest(found.token, digest(token))) return found;
    const identity = await guard.require(context, 'publish');
    if (found && coversSession(identity, found.name)) return found;
    throw new ProblemError({ status: 404, title: 'Not Found', code: 'not_found', detail: 'this WHIP session has ended or never existed; POST a new offer to /whip' });
  }
}

/** Times that a publisher is sent on: loads are known within seconds, so the next one may be full as well. */
export const MOST_HOPS = 3;

/** A process without publishers of its own found none that has room. */
export const NO_ROOM = { status: 503, title: 'Service Unavailable', code: 'full', retryAfter: 10, detail: 'all places are taken; try again later, or start another process with the role ingest' } as const;

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

const keyOf = (secret: string): string => digest(secret).toString('hex');

const quote = (value: string): string => `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;

/** A session's label for people: printable, at most 64 characters; undefined where nothing is left. */
function label(name: string | undefined): string | undefined {
  const clean = (name ?? '').replaceAll(/[\p{C}]/gu, '').trim().slice(0, 64);
  return clean === '' ? undefined : clean;
}

const methodNotAllowed = (allow: string): ProblemError => new ProblemError({
  status: 405, title: 'Method Not Allowed', code: 'method_not_allowed', detail: `this resource takes ${allow}`, headers: { allow },
});

function expectType(context: Context, type: string): void {
  const given = context.req.header('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (given === type) return;
  throw new ProblemError({
    status: 415, title: 'Unsupported Media Type', code: 'unsupported_media_type',
    detail: `expected content-type ${type}, got ${given ?? 'none'}`, headers: { [type === FRAGMENT ? 'accept-patch' : 'accept-post']: type },
  });
}

function toProblem(error: unknown): ProblemError {
  if (error instanceof WhipError) {
    return new ProblemError({
      status: error.status as ContentfulStatusCode, title: STATUS_CODES[error.status] ?? 'Error', code: error.code, detail: error.message,
      ...(error.status === 503 ? { retryAfter: 5 } : {}),
    }, error);
  }
  return new ProblemError({ status: 500, title: 'Internal Server Error', code: 'ingest_failed', detail: 'the session could not be set up; the server\'s log says why' }, error);
}
