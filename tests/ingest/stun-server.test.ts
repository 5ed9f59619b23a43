import { createSocket, type Socket } from 'node:dgram';
import { afterEach, describe, expect, it } from 'vitest';
import { IngestPool, type IceServer, type IngestOptions } from '../../src/ingest/mod.js';
import { offerSdp } from '../support/offer-example.js';

let pool: IngestPool | undefined;
const sockets: Socket[] = [];
afterEach(async () => {
  await pool?.close();
  for (const socket of sockets.splice(0)) socket.close();
});

interface FakeServer {
  readonly port: number;
  asked: number;
}

/** A STUN server that answers with an address of the documentation's (RFC 5737), or says nothing. */
async function stunServer(answers: boolean): Promise<FakeServer> {
  const socket = createSocket('udp4');
  sockets.push(socket);
  await new Promise<void>((resolve) => {
    socket.bind(0, '127.0.0.1', resolve);
  });
  const server: FakeServer = { port: socket.address().port, asked: 0 };
  socket.on('message', (request, { address, port }) => {
    server.asked++;
    if (!answers) return;
    const mapped = Buffer.alloc(12);
    mapped.set([0, 0x20, 0, 8, 0, 1]);
    mapped.writeUInt16BE(4444 ^ 0x2112, 6);
    Buffer.from([192, 0, 2, 9]).forEach((byte, i) => {
      mapped[8 + i] = byte ^ (request[4 + i] ?? 0);
    });
    const header = Buffer.from(request.subarray(0, 20));
    header.writeUInt16BE(0x0101, 0);
    header.writeUInt16BE(mapped.length, 2);
    socket.send(Buffer.concat([header, mapped]), port, address);
  });
  return server;
}

async function start(iceServers: readonly IceServer[], more: Partial<IngestOptions> = {}): Promise<IngestPool> {
  pool = await IngestPool.start({ ...more, ice: { host: '127.0.0.1', iceServers, ...more.ice } });
  return pool;
}

/** Answers to so many publishers at once, and the milliseconds until the last of them. */
async function publish(to: IngestPool, count: number): Promise<{ answers: string[]; ms: number }> {
  const from = performance.now();
  const publications = await Promise.all(Array.from({ length: count }, (_, i) => to.publish(offerSdp(), { sessionKey: String(i) })));
  return { answers: publications.map(({ answer }) => answer), ms: performance.now() - from };
}

describe('STUN and TURN servers', () => {
  it("that say nothing hold nobody up: publishers are answered at once, with this machine's own addresses", async () => {
    const [stun, turn] = [await stunServer(false), await stunServer(false)];
    const told: [server: string, up: boolean][] = [];
    const to = await start(
      [{ urls: `stun:127.0.0.1:${String(stun.port)}` }, { urls: `turn:127.0.0.1:${String(turn.port)}`, secret: 'shared-secret' }],
      {
        onIceServer: (...state) => {
          told.push(state);
        },
      },
    );
    const first = await publish(to, 8);
    expect(first.ms).toBeLessThan(3000);
    for (const answer of first.answers) expect(answer).toMatch(/a=candidate:.* typ host/);
    // By now they are left out.
    const asked = [stun.asked, turn.asked];
    const second = await publish(to, 8);
    expect(second.ms).toBeLessThan(first.ms);
    expect([stun.asked, turn.asked]).toEqual(asked);
    expect(asked.every((count) => count > 0)).toBe(true);
    // Once each, not once a session.
    expect(told.sort()).toEqual([
      [`stun:127.0.0.1:${String(stun.port)}`, false],
      [`turn:127.0.0.1:${String(turn.port)}`, false],
    ]);
  }, 20_000);

  it('that answer add our public address, to many at once and from a narrow range of ports', async () => {
    const stun = await stunServer(true);
    const to = await start([{ urls: `stun:127.0.0.1:${String(stun.port)}` }], {
      ice: { host: '127.0.0.1', iceServers: [{ urls: `stun:127.0.0.1:${String(stun.port)}` }], portRange: [43_210, 43_217] },
    });
    const { answers } = await publish(to, 8);
    for (const answer of answers) {
      expect(answer).toMatch(/a=candidate:.* typ host/);
      expect(answer).toMatch(/a=candidate:.* 192\.0\.2\.9 4444 typ srflx/);
    }
  }, 20_000);
});
