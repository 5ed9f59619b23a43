import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ReplayPublisher } from '../../lab/bench/replay-publisher.js';
import { sampleClip } from '../../lab/bench/sample.js';
import { eventSchema, type Event } from '../../src/events/mod.js';
import type { MellmServer } from '../../src/server/mod.js';
import { startServer } from '../support/start-server.js';

const got: { key: string; event: Event }[] = [];
let receiver: Server;
let server: MellmServer;
beforeAll(async () => {
  receiver = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      got.push({ key: String(request.headers['mellm-delivery']), event: eventSchema.parse(JSON.parse(body)) });
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${String((receiver.address() as AddressInfo).port)}/`;
  const target = { url, secret: 'secret-secret-secret', session: 'Desk', events: ['session.started', 'annotation.closed'] as const };
  server = await startServer({ webhooks: { allow_private: true, targets: [{ ...target, events: [...target.events] }] } });
});
afterAll(async () => {
  await server.close();
  receiver.close();
});

it('posts what a session of the name finds, and nothing of another one', async () => {
  const desk = await ReplayPublisher.start({ server: server.url, file: sampleClip(), name: 'Desk' });
  const other = await ReplayPublisher.start({ server: server.url, file: sampleClip(), name: 'Other' });
  await expect.poll(() => got.some(({ event }) => event.type === 'annotation.closed'), { timeout: 60_000 }).toBe(true);
  await Promise.all([desk.close(), other.close()]);
  expect(got[0]).toMatchObject({ key: `${desk.session}.1`, event: { type: 'session.started', name: 'Desk' } });
  expect(new Set(got.map(({ event }) => event.session))).toEqual(new Set([desk.session]));
  expect(await (await fetch(`${server.url}/metrics`)).text()).toMatch(/mellm_webhook_deliveries_total\{result="delivered"\} [1-9]/);
});
