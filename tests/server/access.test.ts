import { once } from 'node:events';
import { request } from 'node:http';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { ReplayPublisher } from '../../lab/bench/replay-publisher.js';
import { sampleClip } from '../../lab/bench/sample.js';
import type { MellmServer } from '../../src/server/mod.js';
import { startServer } from '../support/start-server.js';

const BOTH = 'both-both-both-both-both';
const PUBLISH = 'publish-publish-publish';
const WATCH = 'watch-watch-watch-watch';
const DESK = 'desk-desk-desk-desk-desk';
const METRICS = 'metrics-metrics-metrics';
const ADMIN = 'admin-admin-admin-admin';
const ALL = [BOTH, PUBLISH, WATCH, DESK, METRICS, ADMIN];
const SECRET = 'the secret of the JWTs of this test, long enough';
const PAGE = 'https://lab.example.org';

const jwt = (claims: object, seconds: number): Promise<string> =>
  new SignJWT({ ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime(Math.floor(Date.now() / 1000) + seconds)
    .sign(new TextEncoder().encode(SECRET));
const encoded = (token: string): string => `bearer.${Buffer.from(token).toString('base64url')}`;

let server: MellmServer;
let log = '';
beforeAll(async () => {
  server = await startServer(
    {
      server: { allowed_origins: [PAGE], max_sessions: 4 },
      auth: {
        tokens: [
          `${BOTH} publish+watch`,
          `${PUBLISH} publish`,
          `${WATCH} watch`,
          `${DESK} publish+watch Desk`,
          `${METRICS} metrics`,
          `${ADMIN} admin`,
        ],
        jwt_secret: SECRET,
      },
      limits: { sessions_per_token: 1, viewers_per_token: 2, body_bytes: 8192, failures_per_minute: 500, header_timeout_ms: 1000 },
    },
    pino(
      { level: 'trace' },
      {
        write: (line: string) => {
          log += line;
        },
      },
    ),
  );
});
afterAll(async () => {
  await server.close();
});

const ask = (path: string, token?: string, init: RequestInit = {}): Promise<Response> =>
  fetch(server.url + path, {
    ...init,
    headers: { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...(init.headers as Record<string, string>) },
  });
const offer = (path: string, token?: string, headers: Record<string, string> = {}, body = 'v=0'): Promise<Response> =>
  ask(path, token, { method: 'POST', body, headers: { 'content-type': 'application/sdp', ...headers } });

interface Opened {
  readonly socket: WebSocket;
  readonly events: { type: string; session: string }[];
}

/** A WebSocket that was accepted, or the status and code of its refusal. */
function watch(
  query: string,
  protocols: string[] = ['mellm.v1'],
  headers: Record<string, string> = {},
): Promise<Opened | { status: number; code: string }> {
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/ws${query}`, protocols, { headers });
  const events: Opened['events'] = [];
  socket.on('message', (data) => events.push(JSON.parse((data as Buffer).toString()) as Opened['events'][number]));
  socket.on('error', () => undefined);
  return new Promise((resolve) => {
    socket.once('open', () => {
      resolve({ socket, events });
    });
    socket.once('unexpected-response', (_request, answer) => {
      let body = '';
      answer
        .on('data', (chunk: Buffer) => {
          body += chunk.toString();
        })
        .on('end', () => {
          resolve({ status: answer.statusCode ?? 0, code: (JSON.parse(body) as { code: string }).code });
        });
    });
  });
}
const opened = async (...args: Parameters<typeof watch>): Promise<Opened> => {
  const result = await watch(...args);
  if (!('socket' in result)) throw new Error(`refused with ${String(result.status)} ${result.code}`);
  return result;
};
const gone = async (socket: WebSocket): Promise<number> => {
  const [code] = (await once(socket, 'close')) as [number];
  return code;
};

describe('without a token', () => {
  it.each([
    ['POST', '/whip'],
    ['PATCH', '/whip/x'],
    ['DELETE', '/whip/x'],
    ['GET', '/api/sessions'],
    ['GET', '/api/sessions/x'],
    ['GET', '/api/sessions/x/annotations'],
    ['DELETE', '/api/sessions/x'],
    ['GET', '/api/annotations/x:f1:1/onset.png'],
    ['POST', '/api/tickets'],
    ['GET', '/api/access'],
    ['GET', '/metrics'],
    ['GET', '/api/nothing'],
  ])('%s %s is answered 401 with a challenge', async (method, path) => {
    for (const [token, code] of [
      [undefined, 'token_missing'],
      ['made-up-made-up-made-up', 'token_invalid'],
      [await jwt({ grants: ['admin'] }, -100), 'token_expired'],
    ] as const) {
      const response = await ask(path, token, { method });
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toContain('Bearer realm="mellm-live"');
      expect(await response.json()).toMatchObject({ status: 401, code });
    }
  });

  it('the page, /healthz and the bare truth of /readyz are open', async () => {
    expect((await ask('/')).status).toBe(200);
    expect(await (await ask('/healthz')).json()).toEqual({ status: 'ok' });
    expect(await (await ask('/readyz')).json()).toEqual({ status: 'ready' });
    expect(await (await ask('/readyz', WATCH)).json()).toMatchObject({ models: expect.any(Array) });
  });

  it('a WebSocket is refused, and a token in its URL is not looked at', async () => {
    expect(await watch('')).toEqual({ status: 401, code: 'token_missing' });
    expect(await watch(`?token=${WATCH}`)).toEqual({ status: 401, code: 'token_missing' });
    expect(await watch('', ['mellm.v1', encoded('made-up-made-up-made-up')])).toEqual({ status: 401, code: 'token_invalid' });
    expect(await watch('', ['mellm.v1', 'bearer.!'])).toMatchObject({ status: 400 });
    expect((await ask(`/api/sessions?token=${WATCH}&access_token=${WATCH}`)).status).toBe(401);
  });
});

describe('a token', () => {
  it.each([
    ['publish', PUBLISH, { '/whip': 400, '/api/sessions': 403, '/metrics': 403, '/api/sessions/x': 404 }],
    ['watch', WATCH, { '/whip': 403, '/api/sessions': 200, '/metrics': 403, '/api/sessions/x': 403 }],
    ['metrics', METRICS, { '/whip': 403, '/api/sessions': 403, '/metrics': 200, '/api/sessions/x': 403 }],
    ['admin', ADMIN, { '/whip': 400, '/api/sessions': 200, '/metrics': 200, '/api/sessions/x': 404 }],
  ] as const)('of %s may do that and no more', async (_grant, token, expected) => {
    expect({
      '/whip': (await offer('/whip', token)).status,
      '/api/sessions': (await ask('/api/sessions', token)).status,
      '/metrics': (await ask('/metrics', token)).status,
      '/api/sessions/x': (await ask('/api/sessions/x', token, { method: 'DELETE' })).status,
    }).toEqual(expected);
  });

  it('is told what it allows', async () => {
    const told = async (token: string): Promise<unknown> => (await ask('/api/access', token)).json();
    expect(await told(DESK)).toEqual({ token: 'required', grants: ['publish', 'watch'], session: 'Desk', notice: null });
    expect(await told(METRICS)).toEqual({ token: 'required', grants: ['metrics'], session: null, notice: null });
    expect(await told(ADMIN)).toEqual({
      token: 'required',
      grants: ['publish', 'watch', 'review', 'metrics', 'admin'],
      session: null,
      notice: null,
    });
  });

  it('opens a WebSocket by subprotocol or header, and is not echoed', async () => {
    const one = await opened('', ['mellm.v1', encoded(WATCH)]);
    expect(one.socket.protocol).toBe('mellm.v1');
    const two = await opened('', ['mellm.v1'], { authorization: `Bearer ${WATCH}` });
    expect(await watch('', ['mellm.v1', encoded(WATCH)])).toEqual({ status: 429, code: 'too_many_viewers' });
    expect(await watch('', ['mellm.v1', encoded(PUBLISH)])).toEqual({ status: 403, code: 'grant_missing' });
    for (const { socket } of [one, two]) {
      socket.close();
      await gone(socket);
    }
    (await opened('', ['mellm.v1', encoded(WATCH)])).socket.close();
  });

  it('buys a ticket that opens one WebSocket', async () => {
    const response = await ask('/api/tickets', WATCH, { method: 'POST' });
    expect(response.status).toBe(201);
    const { ticket, expires_in } = (await response.json()) as { ticket: string; expires_in: number };
    expect(expires_in).toBe(30);
    (await opened(`?ticket=${ticket}`)).socket.close();
    expect(await watch(`?ticket=${ticket}`)).toEqual({ status: 401, code: 'token_invalid' });
    expect((await ask('/api/tickets', PUBLISH, { method: 'POST' })).status).toBe(403);
  });

  it('that expires ends its viewer with 4401', async () => {
    // 30 s of tolerance for clocks apply to the handshake, not to what was opened.
    const { socket } = await opened('', ['mellm.v1', encoded(await jwt({ sub: 'short', grants: ['watch'] }, 2))]);
    expect(await gone(socket)).toBe(4401);
  });

  it('is waited for no longer than the limits say', async () => {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bear');
    let answer = '';
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString();
    });
    await once(socket, 'close');
    expect(answer).toContain('408');
    expect((await offer('/whip', PUBLISH, {}, 'v=0\r\n'.padEnd(9000, 'x'))).status).toBe(413);
  });
});

describe('web pages of other origins', () => {
  it.each([
    [PAGE, true],
    ['https://evil.example', false],
    ['null', false],
  ])('%s: may use it: %s', async (origin, allowed) => {
    const preflight = await ask('/whip', undefined, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' },
    });
    expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual(allowed ? [204, PAGE] : [403, null]);
    const read = await ask('/api/sessions', WATCH, { headers: { origin } });
    expect(read.headers.get('access-control-allow-origin')).toBe(allowed ? PAGE : null);
    expect(read.headers.get('access-control-expose-headers')?.includes('location') ?? false).toBe(allowed);
    expect((await offer('/whip', PUBLISH, { origin })).status).toBe(allowed ? 400 : 403);
    const seen = await watch('', ['mellm.v1', encoded(BOTH)], { origin });
    if ('socket' in seen) seen.socket.close();
    expect('socket' in seen).toBe(allowed);
  });

  it('are told by a preflight what they may send; other OPTIONS requests reach their route', async () => {
    const headers = { origin: PAGE, 'access-control-request-method': 'PATCH' };
    const preflight = await ask('/whip/x', undefined, { method: 'OPTIONS', headers });
    const list = (name: string): string[] | undefined => preflight.headers.get(`access-control-${name}`)?.split(/,\s*/);
    expect(list('allow-methods')).toEqual(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']);
    expect(list('allow-headers')).toEqual(['authorization', 'content-type', 'if-match', 'upload-offset']);
    expect([list('max-age'), list('allow-credentials'), preflight.headers.get('vary')]).toEqual([['600'], undefined, expect.any(String)]);
    const plain = await ask('/whip', undefined, { method: 'OPTIONS', headers: { origin: PAGE } });
    expect([plain.status, plain.headers.get('accept-post')]).toEqual([204, 'application/sdp']);
  });
});

describe('a running session', () => {
  it('is seen by those it is for; its WHIP resource by nobody else; and a token has no more sessions than it may', async () => {
    const desk = await ReplayPublisher.start({ server: server.url, file: sampleClip(), name: 'Desk', token: DESK });
    const other = await ReplayPublisher.start({ server: server.url, file: sampleClip(), name: 'Other', token: BOTH });
    await expect(ReplayPublisher.start({ server: server.url, file: sampleClip(), token: BOTH })).rejects.toThrow(/429/);
    expect((await offer('/whip?name=Other', DESK)).status).toBe(403);

    const names = async (token: string): Promise<string[]> =>
      ((await (await ask('/api/sessions', token)).json()) as { sessions: { name: string }[] }).sessions.map(({ name }) => name).sort();
    expect(await names(WATCH)).toEqual(['Desk', 'Other']);
    expect(await names(DESK)).toEqual(['Desk']);
    for (const path of [`/api/sessions/${other.session}`, `/api/sessions/${other.session}/annotations`]) {
      const hidden = await ask(path, DESK);
      expect([hidden.status, ((await hidden.json()) as { code: string }).code]).toEqual([404, 'not_found']);
    }
    expect(await watch(`?session=${other.session}`, ['mellm.v1', encoded(DESK)])).toMatchObject({ status: 404 });
    expect((await ask(`/api/sessions/${desk.session}`, DESK)).status).toBe(200);
    const bound = await jwt({ sub: 'boss', grants: ['admin'], session: 'Desk' }, 60);
    expect((await ask(`/api/sessions/${other.session}`, bound, { method: 'DELETE' })).status).toBe(404);

    const mine = await opened('', ['mellm.v1', encoded(DESK)]);
    const all = await opened('', ['mellm.v1', encoded(WATCH)]);
    await expect.poll(() => new Set(all.events.map(({ session }) => session)).size, { timeout: 15_000 }).toBe(2);
    await expect.poll(() => mine.events.some(({ type }) => type === 'track'), { timeout: 15_000 }).toBe(true);
    expect(new Set(mine.events.map(({ session }) => session))).toEqual(new Set([desk.session]));

    // An alert of the other session, by the id that its events tell: its pictures are nobody's but of those who may see it.
    const pictured = (): { annotation: string } | undefined =>
      all.events.find(
        (event): event is typeof event & { annotation: string } =>
          event.type === 'annotation.updated' && event.session === other.session && 'flow' in event,
      );
    await expect.poll(() => pictured() !== undefined, { timeout: 40_000 }).toBe(true);
    for (const file of ['images', 'onset.png', 'apex.png', 'motion.png']) {
      const path = `/api/annotations/${pictured()?.annotation ?? ''}/${file}`;
      expect([file, (await ask(path, WATCH)).status, (await ask(path, DESK)).status]).toEqual([file, 200, 404]);
    }

    // The resource is a secret: no API, event, metric or log shows it, and without a token it does nothing.
    const secret = desk.location.split('/').at(-1) ?? '';
    expect(secret.length).toBeGreaterThan(20);
    expect((await ask(desk.location, undefined, { method: 'DELETE' })).status).toBe(401);
    expect((await ask(desk.location, WATCH, { method: 'DELETE' })).status).toBe(403);
    expect((await ask(`/whip/${desk.session}`, ADMIN, { method: 'DELETE' })).status).toBe(404);
    expect((await ask(other.location, DESK, { method: 'DELETE' })).status).toBe(404);
    const shown = [
      await (await ask('/api/sessions', ADMIN)).text(),
      await (await ask(`/api/sessions/${desk.session}`, ADMIN)).text(),
      await (await ask(`/api/sessions/${desk.session}/annotations`, ADMIN)).text(),
      await (await ask('/metrics', ADMIN)).text(),
      await (await ask('/readyz', ADMIN)).text(),
    ].join('\n');
    await desk.close();
    await expect
      .poll(() => all.events.some(({ type, session }) => type === 'session.ended' && session === desk.session), { timeout: 10_000 })
      .toBe(true);
    await other.close();
    const said = shown + JSON.stringify(all.events) + log;
    expect(said).toContain(desk.session);
    for (const hidden of [secret, other.location.split('/').at(-1) ?? '', ...ALL, SECRET]) expect(said).not.toContain(hidden);
    for (const { socket } of [mine, all]) socket.close();

    // Whoever published a session may erase it, now that it has ended as before; others need `admin`.
    const refused = await ask(`/api/sessions/${other.session}`, PUBLISH, { method: 'DELETE' });
    expect([refused.status, ((await refused.json()) as { code: string }).code]).toEqual([403, 'not_the_publisher']);
    expect((await ask(`/api/sessions/${other.session}`, WATCH, { method: 'DELETE' })).status).toBe(403);
    expect((await ask(`/api/sessions/${other.session}`, BOTH, { method: 'DELETE' })).status).toBe(204);
    expect((await ask(`/api/sessions/${desk.session}`, DESK, { method: 'DELETE' })).status).toBe(204);
    expect(await names(WATCH)).toEqual([]);
  }, 90_000);
});

describe('guessing', () => {
  it('is slowed down; a right token from there goes on', async () => {
    const strict = await startServer({ auth: { tokens: [`${ADMIN} admin`] }, limits: { failures_per_minute: 3, requests_per_second: 4 } });
    try {
      const status = async (token: string): Promise<number> =>
        (await fetch(`${strict.url}/api/sessions`, { headers: { authorization: `Bearer ${token}` } })).status;
      expect(await status(ADMIN)).toBe(200);
      const guesses = [
        await status('wrong-wrong-wrong-1'),
        await status('wrong-wrong-wrong-2'),
        await status('wrong-wrong-wrong-3'),
        await status('wrong-wrong-wrong-4'),
      ];
      expect(guesses).toEqual([401, 401, 401, 429]);
      const slowed = await fetch(`${strict.url}/api/sessions`, { headers: { authorization: `Bearer ${ADMIN}` } });
      expect(slowed.status).toBe(200);
      const flood = await Promise.all(Array.from({ length: 40 }, async () => (await fetch(`${strict.url}/healthz`)).status));
      expect(flood).toContain(429);
    } finally {
      await strict.close();
    }
  });
});

describe('a token taken out of the file', () => {
  it('closes the WebSockets that it opened, and no others', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'mellm-tokens-')), 'tokens');
    writeFileSync(file, `${WATCH} watch\n${ADMIN} admin\n`);
    const own = await startServer({ auth: { tokens_file: file } });
    try {
      const opened = async (token: string): Promise<WebSocket> => {
        const socket = new WebSocket(`${own.url.replace('http', 'ws')}/ws`, ['mellm.v1', encoded(token)]);
        await once(socket, 'open');
        return socket;
      };
      const [watcher, boss] = await Promise.all([opened(WATCH), opened(ADMIN)]);
      const { ticket } = (await (
        await fetch(`${own.url}/api/tickets`, { method: 'POST', headers: { authorization: `Bearer ${WATCH}` } })
      ).json()) as { ticket: string };
      const closed = once(watcher, 'close') as Promise<[number, Buffer]>;
      writeFileSync(file, `${ADMIN} admin\n`);
      const [code, reason] = await closed;
      expect([code, reason.toString()]).toEqual([4401, 'the token was revoked']);
      expect(boss.readyState).toBe(WebSocket.OPEN);
      const late = new WebSocket(`${own.url.replace('http', 'ws')}/ws?ticket=${ticket}`, 'mellm.v1');
      late.on('error', () => undefined);
      expect(((await once(late, 'unexpected-response')) as [unknown, { statusCode: number }])[1].statusCode).toBe(401);
    } finally {
      await own.close();
    }
  }, 20_000);
});

describe('a server without tokens', () => {
  it('refuses to listen where others reach it', async () => {
    for (const host of ['0.0.0.0', '::', 'not-here.invalid']) await expect(startServer({ server: { host } })).rejects.toThrow(/--insecure/);
    await expect(startServer({ server: { trusted_proxies: ['loopback'] } })).rejects.toThrow(/trusted_proxies/);
  });

  it('does so when told to, and on loopback answers only to local names and no proxy', async () => {
    const open = await startServer({ server: { host: '0.0.0.0', insecure: true } });
    expect((await fetch(`http://127.0.0.1:${new URL(open.url).port}/api/sessions`)).status).toBe(200);
    await open.close();
    const local = await startServer();
    try {
      const named = (headers: Record<string, string>): Promise<number> =>
        new Promise((resolve, reject) => {
          request(`${local.url}/api/sessions`, { headers }, (response) => {
            response.resume();
            resolve(response.statusCode ?? 0);
          })
            .on('error', reject)
            .end();
        });
      expect(await named({ host: 'localhost:8080' })).toBe(200);
      expect(await named({ host: 'rebound.evil.example:8080' })).toBe(403);
      for (const mark of ['x-forwarded-for', 'x-real-ip', 'via', 'cf-connecting-ip', 'forwarded'])
        expect(await named({ [mark]: '203.0.113.5' })).toBe(403);
      expect((await fetch(`${local.url}/api/sessions/x`, { method: 'DELETE', headers: { origin: 'https://evil.example' } })).status).toBe(
        403,
      );
    } finally {
      await local.close();
    }
  });
});
