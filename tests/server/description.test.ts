import { createHash } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ReplayPublisher } from '../../lab/bench/replay-publisher.js';
import { sampleClip } from '../../lab/bench/sample.js';
import { UPLOAD_TYPE } from '../../src/events/mod.js';
import { asyncApi } from '../../src/server/description/asyncapi.js';
import { openApi } from '../../src/server/description/openapi.js';
import { OPERATIONS } from '../../src/server/description/operations.js';
import type { MellmServer } from '../../src/server/mod.js';
import { openStore } from '../../src/store/mod.js';
import { offerSdp } from '../support/offer-example.js';
import { startServer } from '../support/start-server.js';
import { Watcher } from '../support/watcher.js';
import { anAnnotation } from '../support/an-annotation.js';

interface Described {
  readonly responses: Record<string, { readonly $ref?: string; readonly content?: Record<string, { schema?: object }> }>;
}

let server: MellmServer;
beforeAll(async () => {
  const path = join(mkdtempSync(join(tmpdir(), 'mellm-description-')), 'data');
  const store = await openStore(path, { keepImages: true });
  store.begin({ id: 's1', name: 'Stored' });
  await store.append({ type: 'annotation.closed', session: 's1', seq: 1, t: 1, annotation: anAnnotation('s1-1') });
  store.addImage('s1', 's1-1', 'onset', new Uint8Array([137, 80, 78, 71]));
  await store.close();
  server = await startServer({ store: { enabled: true, path, keep_images: true }, spotting: { method: 'learned' } });
});
afterAll(async () => {
  await server.close();
});

/** Compiles the schemas of a description so that its own references resolve. */
function compiler(description: object): (schema: object) => ValidateFunction {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addSchema({ $id: 'https://mellm.test/description', ...description });
  return (schema) =>
    ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/components', '"https://mellm.test/description#/components')) as object);
}

const described = openApi({ version: '0', strict: true }) as { paths: Record<string, Record<string, Described>>; components: object };
const compile = compiler({ components: described.components });
const operation = (id: string): Described => {
  const { path, method } = OPERATIONS.find((one) => one.id === id)!;
  return described.paths[path]![method]!;
};
const answered = new Set<string>();

/** Sends the operation's request; fails where status, media type or body are not as described. Returns the answer. */
async function ask(id: string, path: string, init: RequestInit = {}): Promise<Response> {
  const { method } = OPERATIONS.find((one) => one.id === id)!;
  const response = await fetch(server.url + path, { method: method.toUpperCase(), redirect: 'manual', ...init });
  const copy = response.clone();
  const said = `${id}: ${String(response.status)}`;
  const answer = operation(id).responses[String(response.status)];
  expect(answer, `${said} is not described`).toBeDefined();
  if (response.status < 400) answered.add(`${id} ${String(response.status)}`);
  const content =
    answer!.$ref === undefined ? answer!.content : { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };
  const type = (response.headers.get('content-type') ?? '').split(';')[0]!;
  if (!content) {
    expect(await copy.text(), said).toBe('');
    return response;
  }
  expect(Object.keys(content), said).toContain(type);
  if (!type.endsWith('json') || type.includes('x-ndjson')) return response;
  const validate = compile(content[type]!.schema!);
  validate(await copy.json());
  expect(validate.errors ?? [], said).toEqual([]);
  return response;
}

const sendJson = (body: unknown): RequestInit => ({ body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });

describe('the server answers as /openapi.json says', () => {
  it('serves the descriptions', async () => {
    const open = await (await ask('getOpenApi', '/openapi.json')).json();
    expect(open).toMatchObject({ openapi: '3.1.1', servers: [{ url: '/' }] });
    const async = await (await ask('getAsyncApi', '/asyncapi.json')).json();
    expect(async).toMatchObject({ asyncapi: '3.0.0', servers: { here: { host: new URL(server.url).host, protocol: 'ws' } } });
  });

  it('reads sessions, annotations and images', async () => {
    await ask('listSessions', '/api/sessions?limit=5');
    await ask('listSessions', '/api/sessions?limit=none');
    await ask('getSession', '/api/sessions/s1');
    await ask('getSession', '/api/sessions/nothing');
    for (const format of ['json', 'jsonl', 'csv', 'eaf', 'html', 'none'])
      await ask('listAnnotations', `/api/sessions/s1/annotations?format=${format}`);
    for (const format of ['json', 'csv', 'none']) await ask('listMarkers', `/api/sessions/s1/markers?format=${format}`);
    for (const query of ['', '?points=1', '?curves=none']) await ask('getSeries', `/api/sessions/s1/series${query}`);
    await ask('getSeries', '/api/sessions/unknown/series');
    const review = { annotation: 's1-1', face: 'f1', kind: 'micro', onset: 1, apex: 1.1, offset: 1.3, aus: [], category: null };
    await ask('putReview', '/api/sessions/s1/reviews/anna/s1-1', sendJson({ ...review, verdict: 'accepted', note: '' }));
    await ask('putReview', '/api/sessions/s1/reviews/anna/s1-1', sendJson(review));
    await ask('getReview', '/api/sessions/s1/reviews/anna/s1-1');
    await ask('listReviewsOfCoder', '/api/sessions/s1/reviews/anna');
    for (const query of ['', '?coders=all', '?coders=../']) await ask('listReviews', `/api/sessions/s1/reviews${query}`);
    for (const format of ['json', 'csv', 'eaf']) await ask('listAnnotations', `/api/sessions/s1/annotations?format=${format}&coders=all`);
    await ask('eraseReview', '/api/sessions/s1/reviews/anna/s1-1');
    await ask('putReview', '/api/sessions/s1/reviews/anna/s1-1', sendJson({ ...review, verdict: 'accepted', note: '' }));
    await ask('eraseCoder', '/api/sessions/s1/reviews/anna');
    await ask('getReport', '/api/sessions/s1/report.html');
    expect(await (await ask('listImages', '/api/annotations/s1-1/images')).json()).toEqual({ images: ['onset'] });
    await ask('getImage', '/api/annotations/s1-1/onset.png');
    await ask('getImage', '/api/annotations/s1-1/flow.png');
    for (const question of ['Is AU12 shown?', 'How is the weather?'])
      await ask('askAboutAnnotation', '/api/annotations/s1-1/ask', sendJson({ question }));
    await ask('getBidsColumns', '/api/bids/events.json');
  });

  it('tells of access and health', async () => {
    await ask('getAccess', '/api/access');
    await ask('issueTicket', '/api/tickets');
    await ask('getHealth', '/healthz');
    await ask('getReadiness', '/readyz');
    await ask('getMetrics', '/metrics');
  });

  it('takes a publisher', async () => {
    await ask('publishOptions', '/whip');
    await ask('publish', '/whip', { body: 'no', headers: { 'content-type': 'text/plain' } });
    const published = await ask('publish', '/whip?name=Desk', { body: offerSdp(), headers: { 'content-type': 'application/sdp' } });
    for (const name of ['location', 'etag', 'x-session-id']) expect(published.headers.has(name), name).toBe(true);
    const session = published.headers.get('x-session-id')!;
    const resource = published.headers.get('location')!;
    await ask('changeSession', `/api/sessions/${session}`, sendJson({ false_alarms_per_minute: 1 }));
    await ask('changeSession', `/api/sessions/${session}`, sendJson({}));
    await ask('setMarker', `/api/sessions/${session}/markers`, sendJson({ code: 'a', t: 0 }));
    await ask('setMarker', `/api/sessions/${session}/markers`, sendJson({ code: 5 }));
    await ask('trickleOptions', resource);
    const fragment = ['a=ice-ufrag:remo', `a=ice-pwd:${'r'.repeat(24)}`, 'm=video 9 UDP/TLS/RTP/SAVPF 0', 'a=mid:1', ''].join('\r\n');
    const type = 'application/trickle-ice-sdpfrag';
    await ask('trickle', resource, { body: fragment, headers: { 'content-type': type, 'if-match': published.headers.get('etag')! } });
    const restart = fragment.replace('remo', 'remx').replaceAll('rrrr', 'ssss');
    await ask('trickle', resource, { body: restart, headers: { 'content-type': type, 'if-match': '*' } });
    await ask('stopPublishing', resource);
    await ask('stopPublishing', '/whip/unknown');
  });

  it('takes a recording', async () => {
    const bytes = Buffer.from('no video');
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    await ask('announceRecording', '/api/recordings', sendJson({ name: 'a.mp4' }));
    const created = await ask('announceRecording', '/api/recordings', sendJson({ name: 'a.mp4', size: bytes.length, sha256 }));
    const path = created.headers.get('location')!;
    const headers = { 'content-type': UPLOAD_TYPE };
    await ask('appendToRecording', path, { body: bytes, headers: { ...headers, 'upload-offset': '3' } });
    await ask('appendToRecording', path, { body: bytes.subarray(0, 4), headers: { ...headers, 'upload-offset': '0' } });
    await ask('getRecording', path);
    await ask('deleteRecording', path);
    await ask('getRecording', path);
  });

  it('erases', async () => {
    await ask('eraseSession', '/api/sessions/s1');
    await ask('eraseSession', '/api/sessions/s1');
  });
});

describe('the events of a live session are as /asyncapi.json says', () => {
  it('each of them, of every type that a live session has', async () => {
    const { components } = asyncApi({ version: '0', host: 'h', encrypted: false, strict: true }) as unknown as {
      components: { schemas: Record<string, object> };
    };
    const compileEvent = compiler({ components });
    const validators = new Map(Object.keys(components.schemas).map((type) => [type, compileEvent(components.schemas[type]!)]));
    const publisher = await ReplayPublisher.start({ server: server.url, file: sampleClip(), name: 'Sample' });
    const watcher = new Watcher(server.url, publisher.session, { keep: true });
    await watcher.until((event) => event.type === 'track', 'track');
    await ask('setMarker', `/api/sessions/${publisher.session}/markers`, sendJson({ code: 'trial' }));
    await watcher.until((event) => event.type === 'annotation.closed', 'closed annotation', 90_000);
    await publisher.close();
    await watcher.until((event) => event.type === 'session.ended', 'end');
    watcher.close();
    for (const event of watcher.events) {
      const validate = validators.get(event.type)!;
      validate(event);
      expect(validate.errors ?? [], JSON.stringify(event).slice(0, 300)).toEqual([]);
    }
    expect([...new Set(watcher.events.map(({ type }) => type))]).toEqual(
      expect.arrayContaining([
        'session.started',
        'session.ended',
        'marker',
        'annotation.opened',
        'annotation.updated',
        'track',
        'signal',
        'stats',
      ]),
    );
  });
});

it('was asked everything that is described', () => {
  const wanted = OPERATIONS.flatMap(({ id, answers }) => Object.keys(answers).map((status) => `${id} ${status}`));
  // Only a full process of several redirects: tests/server/over-bus.test.ts.
  expect(wanted.filter((one) => !answered.has(one))).toEqual(['publish 307']);
});
