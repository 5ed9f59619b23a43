import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { IngestPool } from '../../src/ingest/mod.js';
import { collect, sleep, until } from './collect.js';
import { RtpPublisher } from '../support/rtp-publisher.js';
import { encodeClip, type EncodedFrame } from '../support/test-video.js';

const clip: EncodedFrame[] = [];
let pool: IngestPool;
beforeAll(async () => {
  clip.push(...encodeClip({ codec: 'libvpx', width: 320, height: 240, frames: 30 }));
  pool = await IngestPool.start({ ice: { host: '127.0.0.1' }, connectTimeout: 5000 });
});
afterAll(async () => {
  await pool.close();
});

/** Open descriptors of this process, sockets above all; undefined where the system has no /proc. */
function descriptors(): number | undefined {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return undefined;
  }
}

async function session(): Promise<void> {
  const publisher = new RtpPublisher({ codec: 'VP8', clip });
  const publication = await pool.publish(await publisher.offer(), { sessionKey: 'leak' });
  const { answer, source } = publication;
  const seen = collect(source);
  publisher.answer(answer);
  publisher.start();
  await until(() => seen.frames.length >= 3, 'frames');
  await publication.close();
  expect((await seen.ended).reason).toBe('deleted');
  publisher.close();
}

describe('50 sessions opened and closed', () => {
  it('leave no descriptor, no session and no memory behind', async () => {
    for (let warmUp = 0; warmUp < 5; warmUp++) await session();
    await sleep(1000);
    globalThis.gc?.();
    const before = { descriptors: descriptors(), memory: process.memoryUsage().rss };
    for (let round = 0; round < 10; round++) await Promise.all(Array.from({ length: 5 }, session));
    await until(() => (descriptors() ?? 0) <= (before.descriptors ?? 0) + 2, 'descriptors to close', 8000);
    globalThis.gc?.();
    expect(pool.sessions).toBe(0);
    // A decoder and its buffers that stayed would be some 3 MB each.
    expect(process.memoryUsage().rss - before.memory).toBeLessThan(80e6);
  });

  it('which were refused or never connected, too', async () => {
    const before = descriptors() ?? 0;
    await Promise.all(Array.from({ length: 20 }, () => pool.publish('v=0\r\n', { sessionKey: 'bad' }).catch(() => undefined)));
    const publishers = Array.from({ length: 5 }, () => new RtpPublisher({ codec: 'VP8', clip }));
    for (const publisher of publishers) {
      const publication = await pool.publish(await publisher.offer(), { sessionKey: 'never' });
      await publication.close();
      publisher.close();
    }
    await until(() => (descriptors() ?? 0) <= before + 2, 'descriptors to close', 8000);
    expect(pool.sessions).toBe(0);
  });
});
