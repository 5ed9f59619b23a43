import { randomBytes, timingSafeEqual } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import { Hono, type Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { Config } from '../config/mod.js';
import { WhipError, type IngestPool, type Publication } from '../ingest/mod.js';
import type { Metrics } from '../telemetry/mod.js';
import { ProblemError } from './problem.js';
import type { Sessions } from './sessions.js';

/** SDP offers and fragments are a few kilobytes; nothing honest comes near this. */
const MOST_BYTES = 64 * 1024;
const FRAGMENT = 'application/trickle-ice-sdpfrag';

/** What the routes need. */
export interface WhipOptions {
  readonly ingest: IngestPool;
  readonly sessions: Sessions;
  readonly metrics: Metrics;
  readonly iceServers: Config['webrtc']['ice_servers'];
}

/**
 * WHIP (RFC 9725): `POST /whip`, `PATCH` and `DELETE` on the resource it answers with. The resource's path holds a secret that
 * only the publisher knows; the session's public id is told in `X-Session-Id`.
 */
export function whipRoutes({ ingest, sessions, metrics, iceServers }: WhipOptions): Hono {
  const app = new Hono();
  const publications = new Map<string, { publication: Publication; session: string }>();

  app.post('/whip', async (context) => {
    expectType(context, 'application/sdp');
    const offer = await readBody(context);
    const refusal = sessions.refusal;
    if (refusal) {
      metrics.sessionsTotal.inc({ result: 'refused' });
      throw new ProblemError({
        status: 503, title: 'Service Unavailable', code: refusal, retryAfter: refusal === 'full' ? 10 : 30,
        detail: refusal === 'full' ? 'all places are taken; try again later, or raise server.max_sessions' : 'the server is shutting down',
      });
    }
    const id = sessions.newId();
    const release = sessions.reserve();
    try {
      const publication = await ingest.publish(offer, { sessionKey: id }).catch((error: unknown) => {
        metrics.sessionsTotal.inc({ result: 'refused' });
        throw toProblem(error);
      });
      const session = sessions.start(id, label(context.req.query('name'), id), publication.source);
      const secret = randomBytes(24).toString('base64url');
      publications.set(secret, { publication, session: id });
      void session.running.ended.then(() => { publications.delete(secret); });
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
    }
  });

  app.options('/whip', (context) => context.body(null, 204, { 'accept-post': 'application/sdp', allow: 'POST, OPTIONS' }));
  app.all('/whip', () => { throw methodNotAllowed('POST, OPTIONS'); });

  app.patch('/whip/:secret', async (context) => {
    const { publication } = find(context);
    expectType(context, FRAGMENT);
    const fragment = await readBody(context);
    const answer = await publication.trickle(fragment, context.req.header('if-match')).catch((error: unknown) => { throw toProblem(error); });
    if (answer.body === undefined) return context.body(null, 204);
    return context.body(answer.body, 200, { 'content-type': FRAGMENT, etag: answer.etag, 'cache-control': 'no-store' });
  });

  app.delete('/whip/:secret', (context) => {
    const { session } = find(context);
    publications.delete(context.req.param('secret'));
    sessions.get(session)?.running.close('ended');
    return context.body(null, 200);
  });

  app.options('/whip/:secret', (context) => context.body(null, 204, { 'accept-patch': FRAGMENT, allow: 'PATCH, DELETE, OPTIONS' }));
  app.all('/whip/:secret', () => { throw methodNotAllowed('PATCH, DELETE, OPTIONS'); });

  return app;

  function find(context: Context<object, '/whip/:secret'>): { publication: Publication; session: string } {
    const given = Buffer.from(context.req.param('secret'));
    for (const [secret, publication] of publications) {
      const known = Buffer.from(secret);
      if (known.length === given.length && timingSafeEqual(known, given)) return publication;
    }
    throw new ProblemError({ status: 404, title: 'Not Found', code: 'not_found', detail: 'this WHIP session has ended or never existed; POST a new offer to /whip' });
  }
}

const quote = (value: string): string => `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;

/** A session's label for people: printable, at most 64 characters. */
function label(name: string | undefined, id: string): string {
  const clean = (name ?? '').replaceAll(/[\p{C}]/gu, '').trim().slice(0, 64);
  return clean === '' ? id : clean;
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

async function readBody(context: Context): Promise<string> {
  const tooLarge = new ProblemError({ status: 413, title: 'Content Too Large', code: 'too_large', detail: `the body may have at most ${String(MOST_BYTES)} bytes`, headers: { connection: 'close' } });
  if (Number(context.req.header('content-length') ?? 0) > MOST_BYTES) throw tooLarge;
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (context.req.raw.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > MOST_BYTES) throw tooLarge;
    chunks.push(chunk);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
  } catch (cause) {
    throw new ProblemError({ status: 400, title: 'Bad Request', code: 'bad_encoding', detail: 'the body is not UTF-8 text' }, cause);
  }
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
