import { connect } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { MellmServer } from '../../src/server/mod.js';
import { createLogger } from '../../src/telemetry/mod.js';
import { startServer } from '../support/start-server.js';

// Clients that go away in the middle of what they send: nobody's fault here, so no stack and no error in the log, and few lines.

const lines: string[] = [];
let server: MellmServer;
beforeAll(async () => {
  server = await startServer(
    {},
    createLogger('debug', {
      write: (line: string) => {
        lines.push(line);
      },
    }),
  );
});
afterAll(async () => {
  await server.close();
});

/** Sends the head of a request and part of its body, then a reset or the end of the connection. */
function abort(head: string, body: string, how: 'reset' | 'end'): Promise<void> {
  return new Promise((resolve) => {
    const { port } = new URL(server.url);
    const socket = connect({ port: Number(port), host: '127.0.0.1' }, () => {
      socket.write(`${head}\r\nhost: 127.0.0.1\r\n${body}`, () => {
        // Once the route reads the body.
        setTimeout(() => {
          if (how === 'reset') socket.resetAndDestroy();
          else socket.destroy();
        }, 30);
      });
    });
    socket
      .on('error', () => undefined)
      .once('close', () => {
        resolve();
      });
  });
}

const BODIES = {
  'a length that never comes': 'content-length: 900\r\n\r\nv=0\r\n',
  'chunks without an end': 'transfer-encoding: chunked\r\n\r\n5\r\nv=0\r\n\r\n',
  'half a chunk': 'transfer-encoding: chunked\r\n\r\nff\r\nv=0',
};

it.each(Object.entries(BODIES))('an aborted POST, PATCH or DELETE with %s is no error', async (_name, body) => {
  lines.length = 0;
  for (const how of ['reset', 'end'] as const) {
    for (const head of [
      'POST /whip HTTP/1.1',
      'PATCH /whip/nobody HTTP/1.1',
      'PATCH /api/sessions/none HTTP/1.1',
      'DELETE /api/sessions/none HTTP/1.1',
      'POST /ws HTTP/1.1',
      'POST /nothing HTTP/1.1',
    ]) {
      const type = head.startsWith('PATCH /whip')
        ? 'application/trickle-ice-sdpfrag'
        : head.startsWith('POST')
          ? 'application/sdp'
          : 'application/json';
      await Promise.all(Array.from({ length: 5 }, () => abort(head, `content-type: ${type}\r\n${body}`, how)));
    }
  }
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
  const text = lines.join('');
  expect(text).not.toMatch(/"level":(40|50|60)/);
  expect(text).not.toMatch(/stack|"err"|\n\s+at /);
  // One line in ten seconds at most.
  expect(lines.filter((line) => line.includes('request aborted by its client')).length).toBeLessThanOrEqual(2);
});

it('says so once', async () => {
  lines.length = 0;
  await expect
    .poll(
      async () => {
        await abort('POST /whip HTTP/1.1', 'content-type: application/sdp\r\ncontent-length: 900\r\n\r\nv=0\r\n', 'reset');
        return lines.filter((line) => line.includes('request aborted by its client')).length;
      },
      { timeout: 15_000, interval: 500 },
    )
    .toBe(1);
}, 20_000);
