import { createSocket } from 'node:dgram';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { MellmServer } from '../../src/server/mod.js';
import { createLogger } from '../../src/telemetry/mod.js';
import { offerSdp } from '../support/offer-example.js';
import { startServer } from '../support/start-server.js';

const lines: string[] = [];
const silent = createSocket('udp4');
let server: MellmServer;
beforeAll(async () => {
  await new Promise<void>((resolve) => {
    silent.bind(0, '127.0.0.1', resolve);
  });
  server = await startServer(
    {
      media: { processes: 2 },
      webrtc: { ice_servers: [`stun:127.0.0.1:${String(silent.address().port)}`] },
      limits: { pending_sessions: 8 },
      server: { max_sessions: 8 },
    },
    createLogger('info', {
      write: (line: string) => {
        lines.push(line);
      },
    }),
  );
});
afterAll(async () => {
  await server.close();
  silent.close();
});

it('a STUN server that does not answer is a metric and one line of the log, however many publishers and processes ask it', async () => {
  const answers = await Promise.all(
    Array.from({ length: 6 }, () =>
      fetch(`${server.url}/whip`, { method: 'POST', headers: { 'content-type': 'application/sdp' }, body: offerSdp() }),
    ),
  );
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 6 }, () => 201));
  expect((await server.metrics.expose(undefined)).body).toContain(
    `mellm_ice_server_up{server="stun:127.0.0.1:${String(silent.address().port)}"} 0`,
  );
  expect(lines.filter((line) => line.includes('ICE server'))).toEqual([expect.stringContaining('does not answer')]);
  expect(lines.join('')).not.toContain('IngestWarning');
});
