import { readdirSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serve, type Served } from '../support/served.js';
import { ATTACKS, addressOf, attackMany, upgradeTo } from './hostile-sockets.js';

/** Connections in all; `npm run test:hostile` makes 100 000 and 10 000 of them. */
const CONNECTIONS = Number(process.env['MELLM_HOSTILE_CONNECTIONS'] ?? 3000);
const REFUSED_UPGRADES = Math.max(500, CONNECTIONS / 10);
/** Descriptors that may differ: a timer or a log of the system's own. */
const SLACK = 10;
const MIB = 2 ** 20;
const LONG = { timeout: 120_000 + CONNECTIONS * 20 };

const portOf = (served: Served): number => Number(new URL(served.url).port);
const descriptors = (served: Served): number => readdirSync(`/proc/${String(served.process.pid)}/fd`).length;
/** Milliseconds that a new client waits for its answer. */
const answered = async (served: Served): Promise<number> => {
  const from = performance.now();
  expect((await fetch(`${served.url}/healthz`, { headers: { connection: 'close' } })).status).toBe(200);
  return performance.now() - from;
};

function open(served: Served, data: string, localAddress = addressOf(0)): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port: portOf(served), host: '127.0.0.1', localAddress, allowHalfOpen: true }, () => {
      socket.write(data);
      resolve(socket);
    });
    socket.once('error', reject).on('error', () => undefined);
  });
}

/** All that a server says until it hangs up, or for a moment. */
async function reply(served: Served, data: string): Promise<string> {
  const socket = await open(served, data);
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  await Promise.race([
    new Promise((resolve) => socket.once('end', resolve).once('close', resolve)),
    new Promise((resolve) => {
      setTimeout(resolve, 5000);
    }),
  ]);
  socket.destroy();
  return text;
}

describe.skipIf(process.platform !== 'linux')('a server that strangers reach by raw sockets', () => {
  let served: Served;
  beforeAll(async () => {
    served = await serve({ MELLM_LIMITS_REQUESTS_PER_SECOND: '100000', MELLM_SERVER_DRAIN_MS: '1000', MELLM_STORE_ENABLED: 'false' });
  });
  afterAll(async () => {
    await served.stop();
  });

  it('survives upgrades to every path that end with a reset, and lets go of every socket', LONG, async () => {
    const before = descriptors(served);
    await attackMany(
      portOf(served),
      [ATTACKS['an upgrade, then a reset'], ATTACKS['an upgrade, its answer, then a reset']].flatMap((attack) => attack ?? []),
      REFUSED_UPGRADES,
    );
    expect(await answered(served)).toBeLessThan(1000);
    await expect.poll(() => descriptors(served), { timeout: 20_000 }).toBeLessThanOrEqual(before + SLACK);
  });

  it('lets go of the sockets of refused upgrades whose clients say and read nothing more', async () => {
    const before = descriptors(served);
    const sockets = await Promise.all(
      Array.from({ length: 200 }, (_, n) => open(served, upgradeTo(n % 2 === 0 ? '/nothing' : '/ws?session=none'), addressOf(n))),
    );
    await expect.poll(() => descriptors(served), { timeout: 20_000 }).toBeLessThanOrEqual(before + SLACK);
    for (const socket of sockets) socket.destroy();
  });

  it('survives every other kind too; descriptors and memory are back where they were', LONG, async () => {
    const kinds = Object.values(ATTACKS);
    // What is loaded and grown by the first of each kind stays; it is no leak.
    await attackMany(portOf(served), kinds, 1000);
    await expect.poll(() => descriptors(served), { timeout: 40_000 }).toBeLessThan(200);
    const [before, memory] = [descriptors(served), (await served.scrape())('process_resident_memory_bytes')];
    await attackMany(portOf(served), kinds, CONNECTIONS - 1000);
    expect(await answered(served)).toBeLessThan(1000);
    await expect.poll(() => descriptors(served), { timeout: 60_000 }).toBeLessThanOrEqual(before + SLACK);
    const grown = ((await served.scrape())('process_resident_memory_bytes') - memory) / MIB;
    process.stdout.write(
      `${String(CONNECTIONS)} hostile connections: ${String(descriptors(served) - before)} descriptors and ${grown.toFixed(0)} MiB more than before\n`,
    );
    expect(grown).toBeLessThan(100);
    expect(served.complaints).toEqual([]);
    expect(served.process.exitCode).toBeNull();
  });

  it('answers a request as if an upgrade to anything but a WebSocket had not been asked for', async () => {
    for (const protocol of ['h2c', 'HTTP/2.0', 'TLS/1.3'])
      expect(await reply(served, upgradeTo('/healthz', protocol).replace('connection: upgrade', 'connection: close, upgrade'))).toMatch(
        /^HTTP\/1\.1 200 /,
      );
    expect(await reply(served, upgradeTo('/healthz'))).toMatch(/^HTTP\/1\.1 404 [\s\S]*"code":"not_found"/);
  });

  it('ends within the time to drain and five seconds, whatever is open', async () => {
    const own = await serve({ MELLM_SERVER_DRAIN_MS: '1000', MELLM_STORE_ENABLED: 'false' });
    const held = await Promise.all(
      [
        '',
        'GET /he',
        upgradeTo('/nothing'),
        upgradeTo('/ws'),
        upgradeTo('/ws'),
        'POST /whip HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/sdp\r\ncontent-length: 900\r\n\r\nv=0',
        'GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n',
        'GET /sample/sample.webm HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n'.repeat(20),
      ].map((data) => open(own, data)),
    );
    for (const socket of held) socket.pause();
    await new Promise((resolve) => {
      setTimeout(resolve, 300);
    });
    const from = performance.now();
    expect(await own.stop()).toBe(0);
    expect(performance.now() - from).toBeLessThan(6000);
    for (const socket of held) socket.destroy();
  });
});

describe.skipIf(process.platform !== 'linux')('a server with its usual limits', () => {
  it('refuses upgrades beyond the rate of an address with 429, and counts and logs it', async () => {
    const served = await serve({ MELLM_LIMITS_REQUESTS_PER_SECOND: '1', MELLM_STORE_ENABLED: 'false' });
    try {
      const answers = await Promise.all(Array.from({ length: 12 }, () => reply(served, upgradeTo('/nothing'))));
      expect(answers.filter((answer) => answer.startsWith('HTTP/1.1 404')).length).toBeGreaterThanOrEqual(1);
      expect(answers.filter((answer) => answer.startsWith('HTTP/1.1 429')).length).toBeGreaterThanOrEqual(5);
      expect(served.about('requests refused: one address').length).toBe(1);
    } finally {
      await served.stop();
    }
  });

  it('lets one address hold so many connections and no more; others go on', async () => {
    const served = await serve({ MELLM_LIMITS_CONNECTIONS_PER_ADDRESS: '20', MELLM_STORE_ENABLED: 'false' });
    try {
      const held = await Promise.all(Array.from({ length: 60 }, () => open(served, '', addressOf(7))));
      await expect.poll(() => held.filter((socket) => socket.readableEnded || socket.closed).length).toBe(40);
      expect(await answered(served)).toBeLessThan(1000);
      expect((await served.scrape())('mellm_refusals_total', 'connections_per_address')).toBe(40);
      expect(served.about('one address has limits.connections_per_address open').length).toBe(1);
      for (const socket of held) socket.destroy();
      await expect
        .poll(
          async () =>
            await open(served, '', addressOf(7)).then(
              (socket) =>
                new Promise((resolve) => {
                  setTimeout(() => {
                    resolve(socket.readableEnded);
                    socket.destroy();
                  }, 100);
                }),
            ),
        )
        .toBe(false);
    } finally {
      await served.stop();
    }
  });
});
