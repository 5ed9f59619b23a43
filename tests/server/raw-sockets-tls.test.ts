import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serve, type Served } from '../support/served.js';
import { ATTACKS, addressOf, attackMany, clientHello, handshakeAttacks, overTls, upgradeTo } from './hostile-sockets.js';
import { selfSigned } from '../support/self-signed.js';

/** Connections of each of the two kinds; `npm run test:hostile` makes a tenth of its number: a handshake costs both ends a thousand times a connection. */
const CONNECTIONS = Math.max(300, Number(process.env['MELLM_HOSTILE_CONNECTIONS'] ?? 3000) / 10);
const SLACK = 10;
const LONG = { timeout: 120_000 + CONNECTIONS * 60 };

const folder = mkdtempSync(join(tmpdir(), 'mellm-raw-tls-'));
const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
const env = {
  MELLM_TLS_CERT: cert,
  MELLM_TLS_KEY: key,
  MELLM_LIMITS_REQUESTS_PER_SECOND: '100000',
  MELLM_SERVER_DRAIN_MS: '1000',
  MELLM_STORE_ENABLED: 'false',
};

const portOf = (served: Served): number => Number(new URL(served.url).port);
const descriptors = (served: Served): number => readdirSync(`/proc/${String(served.process.pid)}/fd`).length;
const residentMiB = (served: Served): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${String(served.process.pid)}/status`, 'utf8'))?.[1]) / 1024;

/** Milliseconds that a new client waits for its answer. */
async function answered(served: Served): Promise<number> {
  const from = performance.now();
  expect(
    await new Promise((resolve, reject) => {
      request({ host: '127.0.0.1', port: portOf(served), path: '/healthz', rejectUnauthorized: false, agent: false }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on('error', reject)
        .end();
    }),
  ).toBe(200);
  return performance.now() - from;
}

describe.skipIf(process.platform !== 'linux')('a server with TLS that strangers reach by raw sockets', () => {
  let served: Served;
  let hello: Buffer;
  beforeAll(async () => {
    const pair = await selfSigned();
    writeFileSync(cert, pair.cert);
    writeFileSync(key, pair.key);
    hello = await clientHello();
    served = await serve(env);
  });
  afterAll(async () => {
    await served.stop();
    rmSync(folder, { recursive: true });
  });

  it.each([
    ['that never end the handshake', () => Object.values(handshakeAttacks(hello))],
    ['inside TLS: upgrades to every path, resets, half-open, slow, pipelined', () => Object.values(ATTACKS).map(overTls)],
  ])('survives clients %s; descriptors and memory are back where they were', LONG, async (_what, attacks) => {
    const kinds = attacks();
    // What is loaded and grown by the first of each kind stays; it is no leak.
    await attackMany(portOf(served), kinds, CONNECTIONS / 3);
    await expect.poll(() => descriptors(served), { timeout: 40_000 }).toBeLessThan(200);
    const [before, memory] = [descriptors(served), residentMiB(served)];
    await attackMany(portOf(served), kinds, CONNECTIONS);
    // A handshake on a machine that has just done hundreds of them, and other work beside.
    await expect.poll(() => answered(served), { timeout: 20_000 }).toBeLessThan(1000);
    await expect.poll(() => descriptors(served), { timeout: 60_000 }).toBeLessThanOrEqual(before + SLACK);
    const grown = residentMiB(served) - memory;
    process.stdout.write(
      `${String(CONNECTIONS)} hostile connections to TLS: ${String(descriptors(served) - before)} descriptors and ${grown.toFixed(0)} MiB more than before\n`,
    );
    expect(grown).toBeLessThan(100);
    expect(served.complaints).toEqual([]);
    expect(served.process.exitCode).toBeNull();
  });

  it('ends within the time to drain and five seconds, whatever handshake or answer is open', async () => {
    const own = await serve(env);
    const held = [Buffer.alloc(0), hello.subarray(0, 20), hello, Buffer.from(upgradeTo('/ws'))].map((data, n) => {
      const socket = connect({ port: portOf(own), host: '127.0.0.1', localAddress: addressOf(n), allowHalfOpen: true }, () => {
        socket.write(data);
      });
      socket.on('error', () => undefined).pause();
      return socket;
    });
    await new Promise((resolve) => {
      setTimeout(resolve, 300);
    });
    expect(await answered(own)).toBeLessThan(1000);
    const from = performance.now();
    expect(await own.stop()).toBe(0);
    expect(performance.now() - from).toBeLessThan(6000);
    for (const socket of held) socket.destroy();
  });
});
