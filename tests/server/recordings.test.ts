import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { UPLOAD_TYPE, type Annotation, type Answers, type Event, type RecordingView } from '../../src/events/mod.js';
import type { MellmServer } from '../../src/server/mod.js';
import { startServer } from '../support/start-server.js';

const bin = fileURLToPath(new URL('../../bin/mellm-live.js', import.meta.url));
const sample = fileURLToPath(new URL('../../client/public/sample/sample.webm', import.meta.url));
const PUBLISH = 'publish-publish-publish';
const OTHER = 'other-other-other-other';
const WATCH = 'watch-watch-watch-watch';
const ADMIN = 'admin-admin-admin-admin';

type Asking = (
  path: string,
  init?: { method?: string; token?: string; body?: BodyInit; headers?: Record<string, string> },
) => Promise<Response>;
const asking =
  (server: () => MellmServer): Asking =>
  (path, { method = 'GET', token = ADMIN, body, headers = {} } = {}) =>
    fetch(new URL(path, server().url), {
      method,
      headers: { authorization: `Bearer ${token}`, ...headers },
      ...(body === undefined ? {} : { body }),
    });
const announce = (ask: Asking, wanted: object, token = ADMIN): Promise<Response> =>
  ask('/api/recordings', { method: 'POST', token, body: JSON.stringify(wanted) });
const append = (ask: Asking, id: string, offset: number, body: BodyInit, token = ADMIN): Promise<Response> =>
  ask(`/api/recordings/${id}`, { method: 'PATCH', token, body, headers: { 'content-type': UPLOAD_TYPE, 'upload-offset': String(offset) } });
const state = async (ask: Asking, id: string): Promise<RecordingView> =>
  (await (await ask(`/api/recordings/${id}`)).json()) as RecordingView;

/** What was found, without names and times of the run. */
const found = (annotations: Annotation[]): unknown[] =>
  annotations
    .map((annotation) => ({ ...annotation, id: annotation.id.replace(/^.*-/, ''), session: '', latency_ms: 0 }))
    .sort((a, b) => a.onset - b.onset || a.apex - b.apex);

async function analyze(file: string): Promise<Annotation[]> {
  const child = spawn(process.execPath, [bin, 'analyze', file], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, MELLM_SKIP_BOOTSTRAP: '1' },
  });
  const [stdout] = await Promise.all([text(child.stdout), once(child, 'close')]);
  return stdout
    .trim()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Annotation);
}

/** Sends some of a body and breaks the connection. */
function breakOff(server: MellmServer, id: string, whole: Buffer, bytes: number): Promise<void> {
  return new Promise((resolve) => {
    const sending = request(new URL(`/api/recordings/${id}`, server.url), {
      method: 'PATCH',
      headers: {
        authorization: `Bearer ${ADMIN}`,
        'content-type': UPLOAD_TYPE,
        'upload-offset': '0',
        'content-length': String(whole.length),
      },
    });
    sending
      .on('error', () => undefined)
      .on('close', () => {
        resolve();
      });
    sending.write(whole.subarray(0, bytes), () =>
      setTimeout(() => {
        sending.destroy();
      }, 200),
    );
  });
}

describe('an uploaded recording', () => {
  const data = mkdtempSync(join(tmpdir(), 'mellm-uploads-'));
  const files = (): string[] => readdirSync(join(data, 'recordings'));
  let server: MellmServer;
  const ask = asking(() => server);
  beforeAll(async () => {
    server = await startServer({ auth: { tokens: [`${ADMIN} admin`] }, store: { enabled: true, path: data } });
  });
  afterAll(async () => {
    await server.close();
    rmSync(data, { recursive: true, force: true });
  });

  it('goes on after a broken connection, gives the answer of analyze, bit for bit, and is deleted', async () => {
    const whole = readFileSync(sample);
    const events: Event[] = [];
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/ws`, 'mellm.v1', { headers: { authorization: `Bearer ${ADMIN}` } });
    socket.on('message', (message: Buffer) => events.push(JSON.parse(message.toString()) as Event));
    await once(socket, 'open');

    const answer = await announce(ask, {
      name: 'interview.webm',
      size: whole.length,
      sha256: createHash('sha256').update(whole).digest('hex'),
    });
    const { id } = (await answer.json()) as RecordingView;
    expect([answer.status, answer.headers.get('location'), answer.headers.get('upload-offset')]).toEqual([
      201,
      `/api/recordings/${id}`,
      '0',
    ]);
    await breakOff(server, id, whole, Math.floor(whole.length / 2));
    const offset = Number((await ask(`/api/recordings/${id}`, { method: 'HEAD' })).headers.get('upload-offset'));
    expect(offset).toBeGreaterThan(0);
    expect(offset).toBeLessThan(whole.length);
    expect(files()).toEqual([`${id}.webm`]);
    expect(statSync(join(data, 'recordings', `${id}.webm`)).mode & 0o777).toBe(0o600);
    const wrong = await append(ask, id, offset + 1, whole.subarray(offset + 1));
    expect([wrong.status, wrong.headers.get('upload-offset')]).toEqual([409, String(offset)]);
    expect((await append(ask, id, offset, whole.subarray(offset))).status).toBe(204);

    await expect.poll(async () => (await state(ask, id)).state, { timeout: 300_000, interval: 500 }).toBe('done');
    expect(files()).toEqual([]);
    const answered = (await (await ask(`/api/sessions/${id}/annotations?format=json`)).json()) as
      Annotation[] | { annotations: Annotation[] };
    const expected = found(await analyze(sample));
    expect(expected.length).toBeGreaterThan(0);
    expect(found(Array.isArray(answered) ? answered : answered.annotations)).toEqual(expected);
    expect(await (await ask(`/api/sessions/${id}`)).json()).toMatchObject({ name: 'interview.webm', state: 'ended', reason: 'ended' });
    const series = (await (
      await ask(`/api/sessions/${id}/series?points=200&curves=score,threshold,motion,AU01`)
    ).json()) as Answers['series'];
    const [face] = series.faces;
    expect(series.to).toBeCloseTo(14, 0);
    expect(face?.t.length).toBeLessThanOrEqual(200);
    expect(Object.keys(face?.curves ?? {})).toEqual(['score', 'threshold', 'motion', 'AU01']);
    // Every alert stands out of the curve at any zoom; what stays below says so.
    expect(face?.curves['score']?.max.filter((score) => (score ?? 0) > 0.7).length).toBeGreaterThanOrEqual(expected.length);
    expect(face?.peaks.every(({ score, threshold, reason }) => reason !== 'below_threshold' || score < (threshold ?? 0))).toBe(true);
    const near = (await (await ask(`/api/sessions/${id}/series?from=1&to=2`)).json()) as Answers['series'];
    expect(near.faces[0]?.t.length).toBeGreaterThan(25);
    expect([(await ask(`/api/sessions/${id}/series?points=1`)).status, (await ask(`/api/sessions/${id}/series?curves=x`)).status]).toEqual([
      400, 400,
    ]);
    const types = new Set(events.filter(({ session }) => session === id).map(({ type }) => type));
    for (const type of ['session.started', 'progress', 'track', 'annotation.closed', 'session.ended']) expect(types).toContain(type);
    socket.close();
    expect(await (await ask('/metrics')).text()).toContain('mellm_recordings_total{result="done"} 1');
  }, 600_000);

  it('that is no video fails with the reason, without the path, and is deleted', async () => {
    const { id } = (await (await announce(ask, { name: 'notes.mp4', size: 5000 })).json()) as RecordingView;
    expect((await append(ask, id, 0, Buffer.alloc(5000, 'no video'))).status).toBe(204);
    await expect.poll(async () => (await state(ask, id)).state, { timeout: 120_000, interval: 250 }).toBe('failed');
    const { error } = await state(ask, id);
    expect(error?.code).toBe('not_a_video');
    expect(error?.message).toMatch(/^notes\.mp4 is not a video/);
    expect(files()).toEqual([]);
    expect((await ask(`/api/sessions/${id}`)).status).toBe(404);
  }, 150_000);

  it('is cancelled while it is analysed: the file and what was found are erased', async () => {
    const whole = readFileSync(sample);
    const { id } = (await (await announce(ask, { name: 'again.webm', size: whole.length })).json()) as RecordingView;
    await append(ask, id, 0, whole);
    await expect.poll(async () => (await ask(`/api/sessions/${id}`)).status, { timeout: 120_000, interval: 100 }).toBe(200);
    expect((await ask(`/api/recordings/${id}`, { method: 'DELETE' })).status).toBe(204);
    expect(files()).toEqual([]);
    for (const path of [`/api/recordings/${id}`, `/api/sessions/${id}`]) expect((await ask(path)).status).toBe(404);
  }, 150_000);
});

describe('recordings are refused', () => {
  let server: MellmServer;
  const ask = asking(() => server);
  beforeAll(async () => {
    server = await startServer({
      auth: { tokens: [`${ADMIN} admin`, `${PUBLISH} publish`, `${OTHER} publish+watch Desk`, `${WATCH} watch`] },
      flow: { enabled: false },
      recordings: { max_bytes: 10_000, quota_bytes: 25_000, per_token: 2 },
    });
  });
  afterAll(async () => {
    await server.close();
  });
  const code = async (answer: Promise<Response>): Promise<unknown> => {
    const response = await answer;
    return [response.status, ((await response.json()) as { code: string }).code];
  };

  it('by rights: only who may publish, and only their own', async () => {
    expect(await code(announce(ask, { name: 'a.mp4', size: 10 }, WATCH))).toEqual([403, 'grant_missing']);
    const { id } = (await (await announce(ask, { name: 'a.mp4', size: 10 }, PUBLISH)).json()) as RecordingView;
    for (const method of ['GET', 'DELETE'])
      expect(await code(ask(`/api/recordings/${id}`, { method, token: OTHER }))).toEqual([404, 'not_found']);
    expect(await code(append(ask, id, 0, '0123456789', OTHER))).toEqual([404, 'not_found']);
    expect((await ask(`/api/recordings/${id}`, { method: 'HEAD', token: WATCH })).status).toBe(403);
    expect((await ask(`/api/recordings/${id}`, { token: PUBLISH })).status).toBe(200);
    expect(await code(announce(ask, { name: 'a.mp4', size: 10, session: 'Other' }, OTHER))).toEqual([403, 'session_not_allowed']);
    expect((await ask(`/api/recordings/${id}`, { method: 'DELETE', token: PUBLISH })).status).toBe(204);
  });

  it('by form, size, offset and quota', async () => {
    for (const wrong of [
      {},
      { name: 'a.mp4' },
      { name: '', size: 1 },
      { name: 'a', size: 0 },
      { name: 'a', size: 1.5 },
      { name: 'a', size: 1, sha256: 'x' },
      { name: 'a', size: 1, other: 1 },
    ]) {
      expect(await code(announce(ask, wrong))).toEqual([400, 'bad_recording']);
    }
    expect(await code(announce(ask, { name: 'a.mp4', size: 10_001 }))).toEqual([413, 'too_large']);
    const ids: string[] = [];
    for (let n = 0; n < 2; n++)
      ids.push(((await (await announce(ask, { name: 'a.mp4', size: 10_000 }, PUBLISH)).json()) as RecordingView).id);
    expect(await code(announce(ask, { name: 'a.mp4', size: 10 }, PUBLISH))).toEqual([429, 'too_many_recordings']);
    expect(await code(announce(ask, { name: 'a.mp4', size: 6000 }))).toEqual([507, 'recordings_disk_full']);
    const [id = '', other = ''] = ids;
    expect(
      await code(
        ask(`/api/recordings/${id}`, { method: 'PATCH', body: 'x', headers: { 'content-type': 'text/plain', 'upload-offset': '0' } }),
      ),
    ).toEqual([415, 'unsupported_media_type']);
    expect(await code(ask(`/api/recordings/${id}`, { method: 'PATCH', body: 'x', headers: { 'content-type': UPLOAD_TYPE } }))).toEqual([
      400,
      'bad_offset',
    ]);
    expect(await code(append(ask, id, 5, 'x'))).toEqual([409, 'wrong_offset']);
    expect(await code(append(ask, id, 0, Buffer.alloc(10_001)))).toEqual([413, 'too_large']);
    expect((await state(ask, id)).offset).toBe(0);
    expect(await code(append(ask, 'nobody', 0, 'x'))).toEqual([404, 'not_found']);
    for (const one of [id, other]) expect((await ask(`/api/recordings/${one}`, { method: 'DELETE' })).status).toBe(204);
    const { id: last } = (await (
      await announce(ask, { name: 'a.mp4', size: 10, sha256: '0'.repeat(64) }, PUBLISH)
    ).json()) as RecordingView;
    expect(await code(append(ask, last, 0, '0123456789'))).toEqual([422, 'checksum_mismatch']);
    expect(await state(ask, last)).toMatchObject({ state: 'failed', error: { code: 'checksum_mismatch' } });
    const metrics = await (await ask('/metrics')).text();
    expect(metrics).toMatch(/mellm_refusals_total\{reason="recordings_per_owner"\} 1/);
    expect(metrics).toMatch(/mellm_recording_bytes 0/);
  });
});

describe('recordings that can not be taken now', () => {
  const code = async (answer: Promise<Response>): Promise<unknown> => {
    const response = await answer;
    return [response.status, ((await response.json()) as { code: string }).code];
  };

  it('are refused with the reason where they are disabled', async () => {
    const server = await startServer({ auth: { tokens: [`${ADMIN} admin`] }, flow: { enabled: false }, recordings: { enabled: false } });
    const ask = asking(() => server);
    const answer = await announce(ask, { name: 'a.mp4', size: 10 });
    expect([answer.status, await answer.json()]).toEqual([
      403,
      expect.objectContaining({ code: 'recordings_disabled', detail: expect.stringContaining('recordings.enabled is false') as string }),
    ]);
    for (const method of ['GET', 'DELETE'])
      expect(await code(ask('/api/recordings/sAbcdefghij1', { method }))).toEqual([403, 'recordings_disabled']);
    expect(await code(append(ask, 'sAbcdefghij1', 0, 'x'))).toEqual([403, 'recordings_disabled']);
    await server.close();
  });

  it('wait for a place where the queue is full', async () => {
    const server = await startServer({ auth: { tokens: [`${ADMIN} admin`] }, flow: { enabled: false }, recordings: { waiting: 1 } });
    const ask = asking(() => server);
    const { id } = (await (await announce(ask, { name: 'a.mp4', size: 10 })).json()) as RecordingView;
    const full = await announce(ask, { name: 'b.mp4', size: 10 });
    expect([full.status, full.headers.get('retry-after'), ((await full.json()) as { code: string }).code]).toEqual([
      503,
      '30',
      'recordings_full',
    ]);
    expect((await ask(`/api/recordings/${id}`, { method: 'DELETE' })).status).toBe(204);
    expect((await announce(ask, { name: 'b.mp4', size: 10 })).status).toBe(201);
    await server.close();
  });

  it('go on after an upload that stalled: its connection is closed, what had arrived stays', async () => {
    const server = await startServer({
      auth: { tokens: [`${ADMIN} admin`] },
      flow: { enabled: false },
      limits: { header_timeout_ms: 1000, request_timeout_ms: 1000 },
    });
    const ask = asking(() => server);
    const { id } = (await (await announce(ask, { name: 'a.mp4', size: 10 })).json()) as RecordingView;
    const sending = request(new URL(`/api/recordings/${id}`, server.url), {
      method: 'PATCH',
      headers: { authorization: `Bearer ${ADMIN}`, 'content-type': UPLOAD_TYPE, 'upload-offset': '0', 'content-length': '10' },
    });
    const closed = new Promise<void>((resolve) => {
      sending
        .on('error', () => undefined)
        .on('close', () => {
          resolve();
        });
    });
    sending.write('01234');
    await closed;
    expect((await ask(`/api/recordings/${id}`, { method: 'HEAD' })).headers.get('upload-offset')).toBe('5');
    expect(await state(ask, id)).toMatchObject({ state: 'uploading', offset: 5 });
    expect((await append(ask, id, 5, '56789')).status).toBe(204);
    await server.close();
  });

  it('are aborted when the server shuts down in the middle of their analysis: what was found is stored, the file is deleted', async () => {
    const data = mkdtempSync(join(tmpdir(), 'mellm-shutdown-'));
    const settings = { auth: { tokens: [`${ADMIN} admin`] }, store: { enabled: true, path: data }, flow: { enabled: false } };
    let server = await startServer(settings);
    const ask = asking(() => server);
    const whole = readFileSync(sample);
    const { id } = (await (await announce(ask, { name: 'long.webm', size: whole.length })).json()) as RecordingView;
    await append(ask, id, 0, whole);
    const { id: unfinished } = (await (await announce(ask, { name: 'half.webm', size: 10 })).json()) as RecordingView;
    await expect.poll(async () => (await ask(`/api/sessions/${id}`)).status, { timeout: 120_000, interval: 50 }).toBe(200);
    await server.close();
    expect(readdirSync(join(data, 'recordings'))).toEqual([]);
    server = await startServer(settings);
    for (const one of [id, unfinished]) expect((await ask(`/api/recordings/${one}`)).status).toBe(404);
    expect(await (await ask(`/api/sessions/${id}`)).json()).toMatchObject({ state: 'ended', reason: 'shutdown' });
    await server.close();
    rmSync(data, { recursive: true, force: true });
  }, 180_000);
});
