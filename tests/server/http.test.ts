import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MellmServer } from '../../src/server/mod.js';
import { startServer } from '../support/start-server.js';

let server: MellmServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(async () => {
  await server.close();
});

const get = (path: string, init?: RequestInit): Promise<Response> => fetch(server.url + path, init);
const whip = (body: string, type = 'application/sdp'): Promise<Response> =>
  get('/whip', { method: 'POST', body, headers: { 'content-type': type } });

const CONTRACT_METRICS = [
  'mellm_sessions_active',
  'mellm_sessions_total',
  'mellm_frames_received_total',
  'mellm_frames_decoded_total',
  'mellm_frames_dropped_total',
  'mellm_rtp_packets_lost_total',
  'mellm_keyframe_requests_total',
  'mellm_stage_duration_seconds',
  'mellm_faces_tracked',
  'mellm_annotations_total',
  'mellm_flow_batch_size',
  'mellm_flow_queue_wait_seconds',
  'mellm_flow_inference_seconds',
  'mellm_alert_latency_seconds',
  'mellm_llm_requests_total',
  'mellm_llm_time_to_first_token_seconds',
  'mellm_llm_tokens_total',
  'mellm_ws_clients',
  'mellm_ws_messages_dropped_total',
  'mellm_event_loop_lag_seconds',
];

describe('what whoever runs it asks', () => {
  it('is alive and ready', async () => {
    expect((await get('/healthz')).status).toBe(200);
    const ready = await get('/readyz');
    expect(ready.status).toBe(200);
    expect(await ready.json()).toMatchObject({
      status: 'ready',
      models: expect.arrayContaining([expect.stringMatching(/^facemesh@[0-9a-f]{8}$/)]),
    });
  });

  it('exposes every metric of the contract, and OpenMetrics when asked', async () => {
    const plain = await get('/metrics');
    const text = await plain.text();
    expect(plain.headers.get('content-type')).toContain('text/plain');
    for (const name of CONTRACT_METRICS) expect(text).toContain(`# TYPE ${name} `);
    expect(text).toContain('process_cpu_seconds_total');
    const open = await get('/metrics', { headers: { accept: 'application/openmetrics-text; version=1.0.0' } });
    expect(open.headers.get('content-type')).toContain('application/openmetrics-text');
    expect((await open.text()).trimEnd().endsWith('# EOF')).toBe(true);
  });

  it('serves the page with a strict policy', async () => {
    for (const path of ['/', '/watch']) {
      const page = await get(path);
      expect(page.status).toBe(200);
      expect(page.headers.get('content-type')).toContain('text/html');
      expect(Object.fromEntries(page.headers)).toMatchObject({
        'content-security-policy':
          "default-src 'self'; object-src 'none'; frame-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; " +
          "img-src 'self' blob:; media-src 'self' blob:; connect-src 'self' blob:; worker-src 'self'; manifest-src 'self'; " +
          "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        'permissions-policy':
          'camera=(self), screen-wake-lock=(self), microphone=(), geolocation=(), display-capture=(), usb=(), payment=()',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
      });
      expect(page.headers.has('strict-transport-security')).toBe(false);
    }
    const sample = await get('/sample/sample.webm', { headers: { range: 'bytes=0-99' } });
    expect(sample.status).toBe(206);
  });

  it('sends files compressed, with an ETag, and hashed ones for good', async () => {
    const page = await get('/');
    const script = /src="\.?(\/assets\/index-[^"]+\.js)"/.exec(await page.text())?.[1] ?? '';
    const style = /href="\.?(\/assets\/index-[^"]+\.css)"/.exec(await (await get('/watch')).text())?.[1] ?? '';
    const converter = readdirSync('dist/client/assets').find((name) => name.endsWith('.wasm')) ?? '';
    for (const path of [script, style, `/assets/${converter}`]) {
      // fetch() unpacks by itself; the length of the header is what went over the wire.
      const plain = await get(path, { method: 'HEAD', headers: { 'accept-encoding': 'identity' } });
      const tags = new Set([plain.headers.get('etag')]);
      for (const encoding of ['br', 'gzip']) {
        const packed = await get(path, { method: 'HEAD', headers: { 'accept-encoding': encoding } });
        expect([packed.headers.get('content-encoding'), packed.headers.get('vary')]).toEqual([
          encoding,
          expect.stringMatching(/accept-encoding/i),
        ]);
        expect(Number(packed.headers.get('content-length'))).toBeLessThan(0.4 * Number(plain.headers.get('content-length')));
        tags.add(packed.headers.get('etag'));
      }
      expect(tags.size).toBe(3);
      expect(plain.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    }
    for (const path of ['/', '/watch', '/sample/sample.webm']) {
      const first = await get(path);
      expect(first.headers.get('cache-control')).toBe('no-cache');
      await first.arrayBuffer();
      const again = await get(path, { headers: { 'if-none-match': first.headers.get('etag') ?? '' } });
      expect([again.status, await again.text(), again.headers.get('content-security-policy')]).toEqual([
        304,
        '',
        first.headers.get('content-security-policy'),
      ]);
    }
    expect(await (await get(script, { headers: { 'accept-encoding': 'gzip' } })).text()).toBe(readFileSync(`dist/client${script}`, 'utf8'));
  });

  it.each([
    '/nothing',
    '/../package.json',
    '/%2e%2e/package.json',
    '/api/sessions/none',
    '/api/sessions/none/annotations',
    '/api/annotations/none/onset.png',
  ])('answers %s with a problem', async (path) => {
    const response = await get(path);
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toMatchObject({ status: 404, code: 'not_found', detail: expect.any(String) });
  });
});

describe('WHIP refuses', () => {
  it.each([
    ['what is no SDP', () => whip('hello'), 400],
    ['nothing', () => whip(''), 400],
    ['another content type', () => whip('v=0', 'text/plain'), 415],
    ['a body of 1 MB', () => whip('v=0\r\n'.padEnd(2 ** 20, 'x')), 413],
    [
      'bytes that are not UTF-8',
      () => get('/whip', { method: 'POST', body: new Uint8Array([0xff, 0xfe, 0x00]), headers: { 'content-type': 'application/sdp' } }),
      400,
    ],
    ['GET', () => get('/whip'), 405],
    [
      'PATCH of an unknown session',
      () => get('/whip/nobody', { method: 'PATCH', body: 'a=x', headers: { 'content-type': 'application/trickle-ice-sdpfrag' } }),
      404,
    ],
    ['DELETE of an unknown session', () => get('/whip/nobody', { method: 'DELETE' }), 404],
  ])('%s', async (_name, request, status) => {
    const response = await request();
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toMatchObject({ status, code: expect.any(String), detail: expect.any(String) });
  });

  it.each([
    ['POST', '/whip', 'application/sdp', 413],
    ['PATCH', '/api/sessions/none', 'application/json', 404],
  ] as const)('answers %s %s before a body without end does, and hangs up', async (method, path, type, status) => {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    socket.write(`${method} ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: ${type}\r\ntransfer-encoding: chunked\r\n\r\n`);
    let answer = '';
    socket
      .on('data', (data: Buffer) => {
        answer += data.toString();
      })
      .on('error', () => undefined);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    const chunk = Buffer.concat([Buffer.from('10000\r\n'), Buffer.alloc(65_536, 'x'), Buffer.from('\r\n')]);
    for (let sent = 0; !socket.closed && sent < 1024; sent++) {
      if (!socket.write(chunk)) await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), closed]);
      if (answer !== '') break;
    }
    await expect.poll(() => answer, { timeout: 10_000 }).toContain(`HTTP/1.1 ${String(status)}`);
    expect(answer).toContain('application/problem+json');
    await closed;
  });

  it('tells what it takes', async () => {
    const response = await get('/whip', { method: 'OPTIONS' });
    expect(response.status).toBe(204);
    expect(response.headers.get('accept-post')).toBe('application/sdp');
  });
});
