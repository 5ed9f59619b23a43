import { mkdtempSync, writeFileSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import type { MellmServer } from '../../src/server/mod.js';
import { selfSigned } from '../support/self-signed.js';
import { startServer } from '../support/start-server.js';

const TOKEN = 'watch-watch-watch-watch';
const folder = mkdtempSync(join(tmpdir(), 'mellm-tls-'));
const cert = join(folder, 'cert.pem');
const key = join(folder, 'key.pem');

/** Puts a new pair in the place of the old one, as renewal tools do: written beside it and moved over it. */
async function renew(): Promise<void> {
  const pair = await selfSigned();
  writeFileSync(`${cert}.new`, pair.cert);
  writeFileSync(`${key}.new`, pair.key);
  await rename(`${key}.new`, key);
  await rename(`${cert}.new`, cert);
}

let server: MellmServer;
beforeAll(async () => {
  await renew();
  server = await startServer({
    server: { host: '0.0.0.0', trusted_proxies: ['loopback'] },
    tls: { cert, key },
    auth: { tokens: [`${TOKEN} watch`] },
  });
});
afterAll(async () => {
  await server.close();
});

const port = (): number => Number(new URL(server.url).port);

function fingerprint(): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port: port(), host: '127.0.0.1', rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().fingerprint256);
      socket.end();
    });
    socket.on('error', reject);
  });
}

function get(path: string, headers: Record<string, string> = {}): Promise<{ status: number; headers: Record<string, unknown> }> {
  return new Promise((resolve, reject) => {
    request({ port: port(), host: '127.0.0.1', path, headers, rejectUnauthorized: false }, (response) => {
      response.resume();
      resolve({ status: response.statusCode ?? 0, headers: response.headers });
    })
      .on('error', reject)
      .end();
  });
}

describe('TLS by certificate files', () => {
  it('serves HTTPS and WebSockets, and asks browsers to stay with it', async () => {
    expect(server.url).toMatch(/^https:/);
    const page = await get('/', { host: 'lab.example.org' });
    expect([page.status, page.headers['strict-transport-security']]).toEqual([200, 'max-age=31536000']);
    expect((await get('/')).headers['strict-transport-security']).toBeUndefined();
    const socket = new WebSocket(
      `wss://127.0.0.1:${String(port())}/ws`,
      ['mellm.v1', `bearer.${Buffer.from(TOKEN).toString('base64url')}`],
      { rejectUnauthorized: false },
    );
    await new Promise((resolve, reject) => {
      socket.once('open', resolve).once('error', reject);
    });
    socket.close();
  });

  it('takes a renewed certificate without a restart, and keeps the old one while the new is broken', async () => {
    const before = await fingerprint();
    writeFileSync(cert, 'not a certificate');
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect(await fingerprint()).toBe(before);
    await renew();
    await expect.poll(fingerprint, { timeout: 10_000, interval: 200 }).not.toBe(before);
  }, 20_000);

  it('refuses old versions of TLS', async () => {
    await expect(
      new Promise((resolve, reject) => {
        const socket = connect(
          {
            port: port(),
            host: '127.0.0.1',
            rejectUnauthorized: false,
            maxVersion: 'TLSv1.1',
            minVersion: 'TLSv1.1',
            ciphers: 'DEFAULT@SECLEVEL=0',
          },
          () => {
            resolve('connected');
            socket.end();
          },
        );
        socket.on('error', reject);
      }),
    ).rejects.toThrow();
  });

  it("behind a trusted proxy the page's own origin is the one that the browser used", async () => {
    const upgrade = (headers: Record<string, string>): Promise<number> =>
      new Promise((resolve) => {
        const socket = new WebSocket(
          `wss://127.0.0.1:${String(port())}/ws`,
          ['mellm.v1', `bearer.${Buffer.from(TOKEN).toString('base64url')}`],
          { rejectUnauthorized: false, headers },
        );
        socket
          .on('error', () => undefined)
          .once('open', () => {
            resolve(101);
            socket.close();
          })
          .once('unexpected-response', (_request, answer) => {
            resolve(answer.statusCode ?? 0);
          });
      });
    const forwarded = { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-host': 'lab.example.org', 'x-forwarded-proto': 'https' };
    expect(await upgrade({ ...forwarded, origin: 'https://lab.example.org' })).toBe(101);
    expect(await upgrade({ ...forwarded, origin: 'https://evil.example' })).toBe(403);
    expect(await upgrade({ origin: 'https://lab.example.org' })).toBe(403);
  });

  it("says what is wrong with files that can't be used", async () => {
    await expect(startServer({ tls: { cert: join(folder, 'none.pem'), key } })).rejects.toThrow(
      /cannot read the certificate .*none\.pem \(ENOENT\)/,
    );
    await expect(startServer({ tls: { cert: key, key } })).rejects.toThrow(/do not match/);
    await expect(startServer({ tls: { cert } })).rejects.toThrow(/needs both cert and key/);
  });
});
