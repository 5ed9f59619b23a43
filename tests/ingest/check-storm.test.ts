import { createSocket, type Socket } from 'node:dgram';
import { afterEach, describe, expect, it } from 'vitest';
import { IngestPool, type IngestOptions, type Publication } from '../../src/ingest/mod.js';
import { collect, sleep } from './collect.js';
import { offerSdp } from '../support/offer-example.js';

/** Publishers who name a victim's addresses, so that the server sends connectivity checks there. */

let pool: IngestPool | undefined;
const sockets: Socket[] = [];
afterEach(async () => {
  await pool?.close();
  for (const socket of sockets.splice(0)) socket.close();
});

async function start(options: IngestOptions): Promise<IngestPool> {
  pool = await IngestPool.start({ iceTimeout: 60_000, connectTimeout: 60_000, ...options, ice: { host: '127.0.0.1', ...options.ice } });
  return pool;
}

interface Victim {
  readonly ports: readonly number[];
  packets: number;
}

/** Somebody who listens on several ports of the loopback interface. */
async function victim(count: number): Promise<Victim> {
  const ports: number[] = [];
  const made: Victim = { ports, packets: 0 };
  for (let i = 0; i < count; i++) {
    const socket = createSocket('udp4');
    sockets.push(socket);
    await new Promise<void>((resolve) => {
      socket.bind(0, '127.0.0.1', resolve);
    });
    socket.on('message', () => {
      made.packets++;
    });
    ports.push(socket.address().port);
  }
  return made;
}

const fragment = (n: number, { ports }: Victim): string =>
  [
    `a=ice-ufrag:rest${String(n)}`,
    `a=ice-pwd:${'p'.repeat(24)}`,
    'm=video 9 UDP/TLS/RTP/SAVPF 96',
    'a=mid:1',
    ...ports.map((port, i) => `a=candidate:${String(i + 1)} 1 udp 2130706431 127.0.0.1 ${String(port)} typ host`),
    '',
  ].join('\r\n');

/** As many restarts as are let through within `ms`. */
async function storm(publication: Publication, at: Victim, ms: number): Promise<{ restarts: number; refused: number }> {
  const told = { restarts: 0, refused: 0 };
  for (const end = performance.now() + ms; performance.now() < end;) {
    await sleep(20);
    try {
      await publication.trickle(fragment(told.restarts + told.refused, at), '*');
      told.restarts++;
    } catch (error) {
      expect(error).toMatchObject({ code: 'too_many_restarts', status: 429 });
      told.refused++;
    }
  }
  return told;
}

describe("a storm of ICE restarts with a victim's candidates", () => {
  it("sends nothing to this machine's own services", async () => {
    const at = await victim(8);
    const publication = await (await start({})).publish(offerSdp(), { sessionKey: 'a' });
    await storm(publication, at, 2000);
    expect(at.packets).toBe(0);
  }, 20_000);

  it('sends a victim no more than 20 checks a second and a burst, and is refused', async () => {
    const at = await victim(16);
    const publication = await (await start({ ice: { localCandidates: true } })).publish(offerSdp(), { sessionKey: 'a' });
    const { restarts, refused } = await storm(publication, at, 4000);
    await sleep(200);
    expect(restarts).toBeGreaterThan(0);
    expect(restarts).toBeLessThanOrEqual(6);
    expect(refused).toBeGreaterThan(20);
    expect(at.packets).toBeGreaterThan(0);
    expect(at.packets).toBeLessThanOrEqual(20 + 20 * 5);
  }, 20_000);
});

it('a publisher of whom nothing is heard gives its place back soon', async () => {
  const to = await start({ iceTimeout: 1000 });
  const { source } = await to.publish(offerSdp(), { sessionKey: 'a' });
  const from = performance.now();
  expect(await collect(source).ended).toMatchObject({
    reason: 'timeout',
    message: expect.stringContaining('no packet from the publisher') as string,
  });
  expect(performance.now() - from).toBeLessThan(4000);
  expect(to.sessions).toBe(0);
}, 20_000);
