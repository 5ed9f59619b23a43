import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { annotationId } from '../../src/events/mod.js';
import type { MellmServer } from '../../src/server/mod.js';
import { IMAGE_NAMES, openStore } from '../../src/store/mod.js';
import { closed, ended, started } from '../support/stored-events.js';
import { startServer } from '../support/start-server.js';

const DESK = 'desk-desk-desk-desk-desk';
const ALL = 'all-all-all-all-all-all';

/** A server that keeps a session of the name Desk and one of another, both with pictures; the token DESK is bound to the first name. */
describe('a token bound to one name', () => {
  const data = mkdtempSync(join(tmpdir(), 'mellm-bound-'));
  let server: MellmServer;
  beforeAll(async () => {
    const store = await openStore(data, { keepImages: true });
    for (const [id, name] of [
      ['mine', 'Desk'],
      ['theirs', 'Other'],
    ] as const) {
      store.begin({ id, name, started: '2026-01-01T00:00:00.000Z' });
      await store.append({ ...started(id), seq: 1 });
      for (const image of IMAGE_NAMES) store.addImage(id, annotationId(id, 1), image, Buffer.from(`a picture of ${id}`));
      await store.append({ ...closed(id, 1), seq: 2 });
      await store.append({ ...ended(id), seq: 3 });
    }
    for (let n = 0; n < 205; n++)
      store.begin({ id: `newer${String(n)}`, name: 'Other', started: new Date(Date.UTC(2026, 1, 1) + n * 1000).toISOString() });
    await store.close();
    server = await startServer({
      auth: { tokens: [`${DESK} admin Desk`, `${ALL} admin`] },
      store: { enabled: true, path: data, keep_images: true, keep_days: 0 },
      limits: { requests_per_second: 1000 },
    });
  });
  afterAll(async () => {
    await server.close();
    rmSync(data, { recursive: true, force: true });
  });

  const ask = (path: string, token: string, method = 'GET'): Promise<Response> =>
    fetch(server.url + path, { method, headers: { authorization: `Bearer ${token}` } });
  const routes = (session: string): string[] => [
    ...IMAGE_NAMES.map((image) => `/api/annotations/${annotationId(session, 1)}/${image}.png`),
    `/api/annotations/${annotationId(session, 1)}/images`,
    `/api/annotations/%${session.charCodeAt(0).toString(16)}${annotationId(session, 1).slice(1)}/onset.png`,
    `/api/annotations/${session}%2d1/apex.png`,
    `/api/sessions/${session}`,
    `/api/sessions/${session}/report.html`,
    ...['json', 'csv', 'eaf', 'jsonl', 'html'].map((format) => `/api/sessions/${session}/annotations?format=${format}`),
  ];

  it.each(routes('theirs').map((path, i) => [path, routes('mine')[i] ?? '']))(
    'finds nothing at %s, and what it is for at %s',
    async (theirs, mine) => {
      for (const method of ['GET', 'HEAD']) expect((await ask(theirs, DESK, method)).status).toBe(404);
      const hidden = await (await ask(theirs, DESK)).text();
      expect(JSON.parse(hidden)).toMatchObject({ status: 404, code: 'not_found' });
      expect((await ask(theirs, ALL)).status).toBe(200);
      expect((await ask(mine, DESK)).status).toBe(200);
    },
  );

  it('lists what it is for, however much that is newer there is of others', async () => {
    const ids = async (query: string, token: string): Promise<string[]> =>
      ((await (await ask(`/api/sessions${query}`, token)).json()) as { sessions: { id: string }[] }).sessions.map(({ id }) => id);
    expect(await ids('', DESK)).toEqual(['mine']);
    expect(await ids('?limit=1', DESK)).toEqual(['mine']);
    expect(await ids('?before=mine', DESK)).toEqual([]);
    // Nor does a page tell when another's session was.
    expect(await ids('?before=newer3', DESK)).toEqual([]);
    expect(await ids('?before=newer1', ALL)).toEqual(['newer0', 'theirs', 'mine']);
    expect(await ids('', ALL)).toHaveLength(200);
  });

  it('finds nothing under an id that no session has', async () => {
    for (const path of [
      '/api/sessions/nobody',
      '/api/annotations/nobody-1/images',
      '/api/annotations/nobody/images',
      '/api/annotations/-1/images',
      '/api/annotations/%zz/images',
      '/api/annotations/theirs-1%2f/images',
    ]) {
      expect([path, (await ask(path, DESK)).status]).toEqual([path, 404]);
    }
  });

  it('changes and erases nothing of another, and watches nothing of it', async () => {
    expect((await ask('/api/sessions/theirs', DESK, 'DELETE')).status).toBe(404);
    expect((await ask('/api/sessions/theirs', DESK, 'PATCH')).status).toBe(404);
    expect((await ask('/api/sessions/theirs', ALL)).status).toBe(200);
    const watch = (session: string): Promise<number> =>
      new Promise((resolve) => {
        const socket = new WebSocket(`${server.url.replace('http', 'ws')}/ws?session=${session}`, 'mellm.v1', {
          headers: { authorization: `Bearer ${DESK}` },
        });
        socket
          .on('error', () => undefined)
          .once('unexpected-response', (_request, { statusCode }) => {
            resolve(statusCode ?? 0);
          });
        socket.once('open', () => {
          socket.close();
          resolve(101);
        });
      });
    expect([await watch('theirs'), await watch('nobody'), await watch('mine')]).toEqual([404, 404, 101]);
  });
});
