import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { pino } from 'pino';
import type { MellmServer } from '../../src/server/mod.js';
import { NatsServer, noNatsServer } from '../support/nats-server.js';
import { startServer } from '../support/start-server.js';

if (noNatsServer !== undefined) console.warn(`left out: ${noNatsServer}`);

describe.skipIf(noNatsServer !== undefined)('a process that keeps and shows, over the bus', () => {
  let nats: NatsServer;
  let server: MellmServer;
  let log = '';
  beforeAll(async () => {
    nats = await NatsServer.start();
    server = await startServer(
      { bus: { url: nats.url, roles: ['store', 'api'] } },
      pino(
        { level: 'warn' },
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
    await nats.close();
  });

  const watch = (session: string): Promise<number> =>
    new Promise((resolve) => {
      const socket = new WebSocket(`${server.url.replace('http', 'ws')}/ws?session=${session}`, 'mellm.v1');
      socket
        .on('error', () => undefined)
        .once('unexpected-response', (_request, { statusCode }) => {
          resolve(statusCode ?? 0);
        });
    });

  it.each(['a.b', '%2A', 'a%20b', '%C3%A9', 'nobody'])('says of the id %s what one process alone says: there is none', async (id) => {
    for (const path of [
      `/api/sessions/${id}`,
      `/api/sessions/${id}/annotations`,
      `/api/sessions/${id}/report.html`,
      `/api/annotations/${id}/apex.png`,
    ]) {
      const answer = await fetch(server.url + path);
      expect([path, answer.status, ((await answer.json()) as { code: string }).code]).toEqual([path, 404, 'not_found']);
    }
    expect((await fetch(`${server.url}/api/annotations/${id}/images`)).status).toBe(200);
    expect((await fetch(`${server.url}/api/sessions/${id}`, { method: 'DELETE' })).status).toBe(404);
    expect((await fetch(`${server.url}/api/sessions/${id}`, { method: 'PATCH', body: '{"false_alarms_per_minute": 0.5}' })).status).toBe(
      404,
    );
    expect(await watch(id)).toBe(404);
    expect(log).toBe('');
  });

  it('is not ready from the moment in which it begins to go away', async () => {
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
    // It is waited for a viewer that does not answer.
    const viewer = new WebSocket(`${server.url.replace('http', 'ws')}/ws`, 'mellm.v1');
    await once(viewer, 'open');
    viewer.pause();
    const closing = server.close();
    const ready = await fetch(`${server.url}/readyz`);
    expect([ready.status, ready.headers.get('retry-after'), ((await ready.json()) as { code: string }).code]).toEqual([
      503,
      '30',
      'draining',
    ]);
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
    await closing;
    viewer.terminate();
  });
});
