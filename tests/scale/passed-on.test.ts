import { request } from 'node:http';
import { connect } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { offerSdp } from '../support/offer-example.js';
import { NatsServer, noNatsServer } from '../support/nats-server.js';
import { start, type Process } from '../support/installation.js';

const DESK = 'desk-desk-desk-desk-desk';
const ANY = 'any-any-any-any-any-any-any';
const WATCH = 'watch-watch-watch-watch-1';
const ENV = {
  MELLM_STORE_ENABLED: 'false',
  MELLM_FLOW_ENABLED: 'false',
  MELLM_AUTH_METRICS: 'open',
  MELLM_BUS_DEAD_AFTER_MS: '600000',
  MELLM_AUTH_TOKENS: `${DESK} publish+watch Desk,${ANY} publish,${WATCH} watch`,
  MELLM_LIMITS_PUBLISHES_PER_MINUTE: '1000',
  MELLM_LIMITS_BODY_BYTES: '20000',
  MELLM_WEBRTC_CONNECT_TIMEOUT_MS: '120000',
  MELLM_WEBRTC_ICE_TIMEOUT_MS: '120000',
};
const FRAGMENT = 'application/trickle-ice-sdpfrag';

describe.skipIf(noNatsServer !== undefined)("a page's publishing, handed on by the server that it asks", () => {
  let nats: NatsServer;
  let one: Process;
  let two: Process;
  const ingest: Process[] = [];
  const post = (
    server: Process,
    token: string | undefined,
    { name = '', body = offerSdp(), headers = {} }: { name?: string; body?: string; headers?: Record<string, string> } = {},
  ): Promise<Response> =>
    fetch(`${server.url}/whip${name && `?name=${name}`}`, {
      method: 'POST',
      body,
      redirect: 'manual',
      headers: {
        'content-type': 'application/sdp',
        origin: server.url,
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...headers,
      },
    });
  const act = (
    server: Process,
    path: string,
    token: string | undefined,
    method: 'PATCH' | 'DELETE',
    body?: string,
    headers: Record<string, string> = {},
  ): Promise<Response> =>
    fetch(`${server.url}${path}`, {
      method,
      ...(body === undefined ? {} : { body }),
      headers: {
        origin: server.url,
        'content-type': FRAGMENT,
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...headers,
      },
    });
  const sessions = async (): Promise<number> => {
    const live = await Promise.all(ingest.filter(({ running }) => running).map((process) => process.metric('mellm_sessions_active')));
    return live.reduce((sum, count) => sum + count, 0);
  };

  beforeAll(async () => {
    nats = await NatsServer.start();
    [one, two] = [await start(nats.url, 'store,api', ENV), await start(nats.url, 'api', ENV)];
    for (let i = 0; i < 2; i++) ingest.push(await start(nats.url, 'ingest', { ...ENV, MELLM_SERVER_MAX_SESSIONS: '4' }));
  });
  afterAll(async () => {
    for (const process of ingest) process.child.kill('SIGCONT');
    await Promise.all([one, two, ...ingest].map((process) => process.end('SIGKILL')));
    await nats.close();
  });

  it('is answered as by the process that takes it, and any server hands on what comes later', async () => {
    const begun = await post(one, DESK, { name: 'Desk' });
    expect(begun.status).toBe(201);
    expect(await begun.text()).toMatch(/^v=0[\s\S]*a=ice-ufrag:/);
    const location = begun.headers.get('location') ?? '';
    expect(location).toMatch(/^\/whip\/[\w-]{8}\.[\w-]{32}$/);
    expect(begun.headers.get('x-session-id')).toMatch(/^s\w+$/);
    expect(begun.headers.get('accept-patch')).toBe(FRAGMENT);
    const etag = begun.headers.get('etag') ?? '';
    expect(etag).toMatch(/^".+"$/);
    expect(await sessions()).toBe(1);

    const candidate = 'a=mid:1\r\na=candidate:1 1 udp 2130706431 127.0.0.1 9 typ host\r\n';
    const refusals = [
      await act(two, location, DESK, 'PATCH', candidate),
      await act(two, location, DESK, 'PATCH', candidate, { 'if-match': '"old"' }),
      await act(two, location, DESK, 'PATCH', 'x', { 'content-type': 'text/plain' }),
      await act(two, location, DESK, 'PATCH', 'x'.repeat(20_001)),
      await act(two, location, undefined, 'PATCH', candidate),
      await act(two, location, WATCH, 'PATCH', candidate),
      await act(
        two,
        location.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')),
        DESK,
        'DELETE',
      ),
      await act(two, '/whip/zzzzzzzz.aaaa', DESK, 'DELETE'),
      await act(two, location.replace(/\/whip\/[^.]*\./, '/whip/'), DESK, 'DELETE'),
    ];
    expect(refusals.map(({ status }) => status)).toEqual([428, 412, 415, 413, 401, 403, 404, 404, 404]);
    for (const { headers } of refusals) expect(headers.get('content-type')).toBe('application/problem+json');
    expect((await act(two, location, DESK, 'PATCH', candidate, { 'if-match': etag })).status).toBe(204);
    const restart = 'a=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\na=mid:1\r\n';
    const restarted = await act(two, location, DESK, 'PATCH', restart, { 'if-match': '*' });
    expect([restarted.status, restarted.headers.get('content-type')]).toEqual([200, FRAGMENT]);
    expect(restarted.headers.get('etag')).not.toBe(etag);
    // A token that is bound to no name may end it as well, as at the process itself.
    expect((await act(one, location, ANY, 'DELETE')).status).toBe(200);
    await vi.waitFor(
      async () => {
        expect(await sessions()).toBe(0);
      },
      { timeout: 10_000 },
    );
    expect((await act(two, location, DESK, 'DELETE')).status).toBe(404);
    expect(await one.metric('mellm_whip_passed_on_total', 'method="post",outcome="answered"')).toBe(1);
    expect(await two.metric('mellm_whip_passed_on_total', 'method="patch",outcome="answered"')).toBe(2);
    expect(await two.metric('mellm_whip_passed_on_total', 'method="patch",outcome="refused"')).toBe(2);
    expect(await one.metric('mellm_whip_passed_on_total', 'method="delete",outcome="answered"')).toBe(1);
    for (const { log } of [one, two, ...ingest]) expect(log.join('\n')).not.toContain(location.slice(15));
  });

  it('is refused as there: rights, names, offers, sizes', async () => {
    const answers = [
      await post(one, undefined),
      await post(one, WATCH),
      await post(one, DESK, { name: 'Other' }),
      await post(one, ANY, { body: 'v=0' }),
      await post(one, ANY, { body: `v=0\r\n${'x'.repeat(20_000)}` }),
      await post(one, ANY, { headers: { origin: 'https://elsewhere.example.org' } }),
      await post(one, ANY, { body: offerSdp({ video: '' }) }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([401, 403, 403, 400, 413, 403, 422]);
    for (const answer of answers) expect(await answer.json()).toMatchObject({ status: answer.status, code: expect.any(String) as string });
    expect(await sessions()).toBe(0);
  });

  it('is not for what is no page: that is sent there', async () => {
    const answer = await new Promise<number | undefined>((resolve) => {
      request(
        `${one.url}/whip`,
        { method: 'POST', headers: { 'content-type': 'application/sdp', authorization: `Bearer ${ANY}` } },
        (response) => {
          resolve(response.statusCode);
          response.resume();
        },
      ).end(offerSdp());
    });
    expect(answer).toBe(307);
  });

  it('tells nobody on the bus a token or the secret of a resource', async () => {
    const { hostname, port } = new URL(nats.url);
    const listener = await connect({ servers: `${hostname}:${port}` });
    const heard: string[] = [];
    listener.subscribe('>', {
      callback: (_error, message) => {
        heard.push(`${message.subject} ${message.string()}`);
      },
    });
    await listener.flush();
    const begun = await post(one, DESK);
    const location = begun.headers.get('location') ?? '';
    await act(two, location, DESK, 'DELETE');
    await listener.flush();
    await listener.close();
    expect(heard.join('\n')).toContain('"do":"begin"');
    expect(heard.join('\n')).not.toContain(DESK);
    expect(heard.join('\n')).not.toContain(location.split('.')[1]);
  });

  it('begins at the next process where one hangs, and not at both', async () => {
    await vi.waitFor(
      async () => {
        expect(await sessions()).toBe(0);
      },
      { timeout: 10_000 },
    );
    ingest[0]?.child.kill('SIGSTOP');
    const begun = await Promise.all([post(one, ANY), post(two, ANY)]);
    expect(begun.map(({ status }) => status)).toEqual([201, 201]);
    expect(await ingest[1]?.metric('mellm_sessions_active')).toBe(2);
    ingest[0]?.child.kill('SIGCONT');
    const unreachable = (
      await Promise.all([one, two].map((process) => process.metric('mellm_whip_passed_on_total', 'method="post",outcome="unreachable"')))
    ).reduce((a, b) => a + b);
    expect(unreachable).toBeGreaterThanOrEqual(1);
    // What was asked of it meanwhile it does late, and takes back.
    await vi.waitFor(
      async () => {
        expect(await ingest[0]?.metric('mellm_sessions_total', 'result="ended"')).toBeGreaterThanOrEqual(1);
      },
      { timeout: 20_000 },
    );
    await vi.waitFor(
      async () => {
        expect(await sessions()).toBe(2);
      },
      { timeout: 10_000 },
    );
    for (const answer of begun) expect((await act(one, answer.headers.get('location') ?? '', ANY, 'DELETE')).status).toBe(200);
  });

  it('begins at the next process where one has died, and says so of a session that died with it', async () => {
    await vi.waitFor(
      async () => {
        expect(await sessions()).toBe(0);
      },
      { timeout: 10_000 },
    );
    const begun = await post(one, ANY);
    await ingest[(await ingest[0]?.metric('mellm_sessions_active')) === 1 ? 0 : 1]?.end('SIGKILL');
    const gone = await act(two, begun.headers.get('location') ?? '', ANY, 'PATCH', 'a=mid:1\r\n', { 'if-match': '*' });
    expect([gone.status, await gone.json()]).toMatchObject([503, { code: 'publisher_unreachable' }]);
    for (let i = 0; i < 4; i++) expect((await post(two, ANY)).status).toBe(201);
    expect(await sessions()).toBe(4);
    const full = await post(two, ANY);
    expect([full.status, full.headers.get('retry-after')]).toEqual([503, '10']);
    expect(await full.json()).toMatchObject({ code: 'full' });
  });

  it('waits while NATS is away', async () => {
    await nats.kill('SIGKILL');
    await vi.waitFor(
      async () => {
        expect((await fetch(`${one.url}/readyz`)).status).toBe(503);
      },
      { timeout: 10_000 },
    );
    const answer = await post(one, ANY);
    expect([answer.status, await answer.json()]).toMatchObject([503, { code: 'bus_unreachable' }]);
    await nats.start();
  });
});
