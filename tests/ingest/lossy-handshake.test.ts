import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { IngestPool } from '../../src/ingest/mod.js';
import { UdpRelay } from '../support/udp-relay.js';
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

/** Connects while the `nth` DTLS datagrams of one way are lost; resolves with how many were sent that way until media flowed. */
async function connectWithout(way: 'up' | 'down', nth: readonly number[]): Promise<number> {
  let seen = 0;
  const relay = await UdpRelay.start({
    // RFC 7983 section 7: 20 to 63 is DTLS.
    loses: (data, going) => going === way && (data[0] ?? 0) >= 20 && (data[0] ?? 0) <= 63 && nth.includes(++seen),
  });
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
    expect(seen).toBeGreaterThanOrEqual(Math.max(...nth));
    return seen;
  } finally {
    publisher.close();
    relay.close();
  }
}

describe('the DTLS handshake comes to its end although', () => {
  it.each([1, 2, 3, 4])(
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
});
