import { afterEach, describe, expect, it } from 'vitest';
import { IngestPool, type IngestLimits } from '../../src/ingest/mod.js';
import { collect, until, type Collected } from './collect.js';
import { RtpPublisher } from '../support/rtp-publisher.js';
import { encodeClip } from '../support/test-video.js';

let pool: IngestPool | undefined;
let publisher: RtpPublisher | undefined;
afterEach(async () => {
  publisher?.close();
  await pool?.close();
});

async function publish(limits: IngestLimits): Promise<Collected> {
  pool = await IngestPool.start({ ice: { host: '0.0.0.0' }, limits });
  publisher = new RtpPublisher({
    codec: 'VP8',
    clip: encodeClip({ codec: 'libvpx', width: 320, height: 240, frames: 60, bitRate: 600_000 }),
  });
  const publication = await pool.publish(await publisher.offer(), { sessionKey: 'caps' });
  const seen = collect(publication.source);
  publisher.answer(publication.answer);
  publisher.start();
  return seen;
}

describe('a publisher that sends more than it may', () => {
  it('is thinned out to the frame rate, without a gap, and scaled down to the size', async () => {
    const seen = await publish({ maxFps: 11, maxWidth: 160, maxHeight: 160 });
    await until(() => seen.frames.length >= 20, '20 frames');
    // Every third of 30 frames a second.
    seen.frames.slice(1).forEach(({ t }, index) => {
      expect(t - (seen.frames[index]?.t ?? 0)).toBeCloseTo(0.1, 2);
    });
    expect(seen.formats).toEqual([{ width: 160, height: 120, codec: 'vp8' }]);
  });

  it('is ended where it sends far too much for long', async () => {
    const seen = await publish({ endAboveBitrate: 50_000 });
    expect(await seen.ended).toMatchObject({ reason: 'failed', message: expect.stringContaining('more than 50000 bit/s') });
    expect(seen.frames.length).toBeGreaterThan(60);
  });
});
