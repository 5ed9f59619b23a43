import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createSelfSignedCertificate } from 'werift';
import { describe, expect, it } from 'vitest';

const CHECK = fileURLToPath(new URL('../../deploy/healthcheck.js', import.meta.url));

describe('the health check', () => {
  let status = 200;
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    response.writeHead(request.url === '/healthz' ? status : 404).end();
  };
  const listening = async (server: Server | SecureServer): Promise<string> => {
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return String((server.address() as AddressInfo).port);
  };
  const check = (env: NodeJS.ProcessEnv, ...args: string[]): Promise<number | null> =>
    new Promise((done) => {
      spawn(process.execPath, [CHECK, ...args], { env: { PATH: process.env['PATH'], ...env } }).once('exit', done);
    });

  it('tells a server that answers from one that does not', async () => {
    status = 200;
    const server = createServer(answer);
    const port = await listening(server);
    expect(await check({ MELLM_SERVER_PORT: port })).toBe(0);
    status = 503;
    expect(await check({ MELLM_SERVER_PORT: port })).toBe(1);
    await new Promise((done) => server.close(done));
    expect(await check({ MELLM_SERVER_PORT: port })).toBe(1);
  });

  it('knows port and TLS as the server does: from its file of settings, the environment and its flags', async () => {
    status = 200;
    // SHA-256 with ECDSA, P-256 (RFC 5246 section 7.4.1.4.1, RFC 8422 section 5.1.1).
    const { certPem, keyPem } = await createSelfSignedCertificate({ hash: 4, signature: 3 }, 23);
    const server = createSecureServer({ cert: certPem, key: keyPem }, answer);
    const port = await listening(server);
    const folder = mkdtempSync(join(tmpdir(), 'mellm-health-'));
    try {
      const file = join(folder, 'config.yaml');
      writeFileSync(file, `server: {port: ${port}}\ntls: {cert: /etc/mellm-live/fullchain.pem, key: /etc/mellm-live/privkey.pem}\n`);
      expect(await check({ MELLM_TLS_CERT: '' }, 'serve', '--config', file)).toBe(0);
      expect(await check({ MELLM_SERVER_PORT: port }, `--config=${file}`)).toBe(0);
      // The environment wins over the file, and a flag over both.
      expect(await check({ MELLM_SERVER_PORT: '9' }, 'serve', '--config', file)).toBe(1);
      expect(await check({ MELLM_SERVER_PORT: '9' }, 'serve', '--config', file, '--port', port)).toBe(0);
      expect(await check({}, 'serve', '--tls-cert', 'x', `--port=${port}`)).toBe(0);
      expect(await check({}, 'serve', '--port', port)).toBe(1);
      writeFileSync(file, '');
      expect(await check({ MELLM_TLS_CERT: 'x', MELLM_SERVER_PORT: port }, 'serve', '--config', file)).toBe(0);
    } finally {
      await new Promise((done) => server.close(done));
      rmSync(folder, { recursive: true });
    }
  });
});
