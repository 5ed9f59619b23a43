import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { IngestPool } from '../../src/ingest/mod.js';
import { UdpRelay, type UdpRelayOptions } from '../support/udp-relay.js';
import { collect, until } from './collect.js';
import { RtpPublisher } from '../support/rtp-publisher.js';
import { encodeClip, type EncodedFrame } from '../support/test-video.js';

let pool: IngestPool;
let clip: EncodedFrame[];

beforeAll(async () => {
  clip = encodeClip({ codec: 'libvpx', width: 320, height: 240, frames: 30 });
  pool = await IngestPool.start();
});
afterAll(async () => {
  await pool.close();
});

/** RFC 7983 section 7: 20 to 63 is DTLS. */
const isDtls = ([first = 0]: Buffer): boolean => first >= 20 && first <= 63;
/** A connectivity check with the attribute USE-CANDIDATE (RFC 8445 section 7.1.2), which is empty. */
const nominates = (data: Buffer): boolean => data[0] === 0 && data[1] === 1 && data.includes(Buffer.from([0, 0x25, 0, 0]), 20);

/** Connects while the `nth` DTLS datagrams of one way are lost; resolves with how many were sent that way until media flowed. */
async function connectWithout(way: 'up' | 'down', nth: readonly number[]): Promise<number> {
  let seen = 0;
  await connect({ loses: (data, going) => going === way && isDtls(data) && nth.includes(++seen) });
  expect(seen).toBeGreaterThanOrEqual(Math.max(...nth));
  return seen;
}

async function connect(options: UdpRelayOptions): Promise<void> {
  const relay = await UdpRelay.start(options);
  const publisher = new RtpPublisher({ codec: 'VP8', clip });
  try {
    const publication = await pool.publish(relay.route.offer(await publisher.offer()), { sessionKey: 'lossy' });
    const media = collect(publication.source);
    publisher.answer(await relay.route.answer(publication.answer));
    publisher.start();
    try {
      await until(() => media.frames.length > 0, 'media', 14_000);
    } finally {
      await publication.close();
    }
  } finally {
    publisher.close();
    relay.close();
  }
}

describe('the DTLS handshake comes to its end although', () => {
  it.each([1, 2, 3])(
    'datagram %i of the publisher is lost',
    async (n) => {
      await connectWithout('up', [n]);
    },
    40_000,
  );
  it.each([1, 2, 3, 4, 5, 6])(
    'datagram %i of the server is lost',
    async (n) => {
      await connectWithout('down', [n]);
    },
    40_000,
  );
  it("the publisher's last flight begins to be lost, twice", async () => {
    await connectWithout('up', [3, 5]);
  }, 40_000);
  it('the publisher nominates no candidate pair', async () => {
    let nominations = 0;
    await connect({ loses: (data, way) => way === 'up' && nominates(data) && ++nominations > 0 });
  }, 40_000);
});

it('takes one ClientHello of a publisher that begins the handshake before our own checks are over', async () => {
  let hellos = 0;
  // Our checks are lost for 600 ms; the publisher repeats a ClientHello after a second.
  const until = performance.now() + 600;
  await connect({
    loses: (data, way) => {
      // A handshake record with a client_hello: one before the cookie, one with it.
      if (way === 'up' && data[0] === 22 && data[13] === 1) hellos++;
      return way === 'down' && data[0] === 0 && data[1] === 1 && performance.now() < until;
    },
  });
  expect(hellos).toBe(2);
}, 40_000);
