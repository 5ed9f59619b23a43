import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { IngestPool, type IngestOptions, type Publication } from '../../src/ingest/mod.js';
import { collect, gapsOf, sleep, type Collected, until } from './collect.js';
import { RtpPublisher, type PublisherOptions } from '../support/rtp-publisher.js';
import { encodeClip, type ClipOptions, type EncodedFrame } from '../support/test-video.js';

const clips = new Map<string, EncodedFrame[]>();
function clip(options: ClipOptions): EncodedFrame[] {
  const key = JSON.stringify(options);
  const made = clips.get(key) ?? encodeClip(options);
  clips.set(key, made);
  return made;
}
const VP8 = (): EncodedFrame[] => clip({ codec: 'libvpx', width: 640, height: 480, frames: 60, bitRate: 1_200_000 });

let pool: IngestPool | undefined;
const publishers: RtpPublisher[] = [];
const publications: Publication[] = [];
async function start(options: IngestOptions = {}): Promise<IngestPool> {
  pool = await IngestPool.start({ ...options, ice: { host: '0.0.0.0', ...options.ice } });
  return pool;
}

async function publish(
  options: PublisherOptions,
  to: IngestPool,
): Promise<{ readonly publisher: RtpPublisher; readonly publication: Publication; readonly seen: Collected }> {
  const publisher = new RtpPublisher(options);
  publishers.push(publisher);
  const publication = await to.publish(await publisher.offer(), { sessionKey: 'test' });
  publications.push(publication);
  const seen = collect(publication.source);
  publisher.answer(publication.answer);
  publisher.start();
  return { publisher, publication, seen };
}

afterEach(async () => {
  for (const publisher of publishers.splice(0)) publisher.close();
  for (const publication of publications.splice(0)) await publication.close();
  await pool?.close();
  pool = undefined;
});
beforeAll(() => {
  VP8();
});
afterAll(() => {
  clips.clear();
});

describe('a publisher on libdatachannel', () => {
  it.each<[PublisherOptions['codec'], ClipOptions['codec'], string]>([
    ['VP8', 'libvpx', 'vp8'],
    ['H264', 'libx264', 'h264'],
    ['VP9', 'libvpx-vp9', 'vp9'],
  ])('sends %s: every frame, in order, in media time', async (codec, encoder, says) => {
    const { publisher, publication, seen } = await publish(
      { codec, clip: clip({ codec: encoder, width: 640, height: 480, frames: 60 }), timestamp: 2 ** 32 - 90_000 },
      await start(),
    );
    await until(() => seen.frames.length >= 60, '60 frames');
    publisher.pause();
    await sleep(300);
    expect(seen.formats).toEqual([{ width: 640, height: 480, codec: says }]);
    expect(seen.frames.map(({ index }) => index)).toEqual(seen.frames.map((_, index) => index));
    // The clock wrapped meanwhile. The publisher counts on while it waits for the first keyframe request, so the rate is what matters.
    seen.frames.slice(1).forEach(({ t }, index) => {
      expect(t - (seen.frames[index]?.t ?? 0)).toBeCloseTo(1 / 30, 3);
    });
    expect(seen.counters?.framesDropped).toBeLessThanOrEqual(2);
    await publication.close('deleted');
    await publication.close('deleted');
    expect(await seen.ended).toEqual({ reason: 'deleted', message: undefined });
    expect(seen.ends).toBe(1);
  });

  it.each([0.01, 0.05])('loses no frame at a packet loss of %f', async (loss) => {
    const { publisher, seen } = await publish({ codec: 'VP8', clip: VP8(), loss }, await start());
    await until(() => seen.frames.length >= 240 && publisher.lost >= 2 && publisher.nacks > 0, '240 frames', 40_000);
    publisher.pause();
    await sleep(300);
    expect(gapsOf(seen)).toBe(0);
    expect(seen.counters).toMatchObject({ packetsLost: 0 });
    expect(publisher.sent - seen.frames.length).toBeLessThanOrEqual(3);
  });

  it('recovers by keyframes where packets are not sent again, and never shows a frame that leans on a lost one', async () => {
    const { publisher, seen } = await publish({ codec: 'VP8', clip: VP8(), loss: 0.02, repeats: false }, await start({ jitterMs: 40 }));
    await until(() => gapsOf(seen) >= 3 && seen.frames.length >= 90, 'gaps');
    publisher.pause();
    await sleep(300);
    expect(publisher.keyframeRequests).toBeGreaterThanOrEqual(3);
    expect(seen.counters?.packetsLost).toBeGreaterThan(0);
    expect(seen.faults).toEqual([]);
  });

  it('backs off under heavy loss', async () => {
    const { publisher, seen } = await publish({ codec: 'VP8', clip: VP8(), loss: 0.12 }, await start());
    await until(() => seen.frames.length > 0 && publisher.remb > 0, 'a first estimate');
    const before = publisher.remb;
    await until(() => publisher.remb < before * 0.7, 'a lower estimate', 15_000);
  });

  it('raises its estimate to the limit on a clean link', async () => {
    const { publisher } = await publish({ codec: 'VP8', clip: VP8() }, await start({ limits: { maxBitrate: 2_700_000 } }));
    await until(() => Math.abs(publisher.remb - 2_700_000) < 20_000, 'the limit', 10_000);
  });

  it('follows another resolution and another source, telling the format', async () => {
    const { publisher, seen } = await publish({ codec: 'VP8', clip: VP8() }, await start());
    await until(() => seen.frames.length > 15, 'frames');
    publisher.switchClip(clip({ codec: 'libvpx', width: 320, height: 240, frames: 60 }));
    await until(() => seen.formats.length === 2 && seen.frames.length > 40, 'another format');
    expect(seen.formats[1]).toEqual({ width: 320, height: 240, codec: 'vp8' });
    publisher.pause();
    await sleep(500);
    publisher.newSource();
    publisher.start();
    const before = seen.frames.length;
    await until(() => seen.frames.length > before + 20, 'frames of the new source');
    const times = seen.frames.map(({ t }) => t);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect((times[before] ?? 0) - (times[before - 1] ?? 0)).toBeGreaterThan(0.3);
    expect((times[before] ?? 0) - (times[before - 1] ?? 0)).toBeLessThan(3);
  });

  it('is ended by silence when it dies without DELETE', async () => {
    const { publisher, seen } = await publish({ codec: 'VP8', clip: VP8() }, await start({ mediaTimeout: 1500 }));
    await until(() => seen.frames.length > 5, 'frames');
    publisher.pause();
    const end = await seen.ended;
    expect(end.reason).toBe('timeout');
    expect(end.message).toMatch(/no video came for 2 s/);
    // By a DTLS alert: without one it would take the silence for a bad network, for half a minute.
    await until(() => publisher.state === 'closed', 'the goodbye', 3000);
  });

  it('is told when nothing ever comes', async () => {
    const to = await start({ connectTimeout: 1000 });
    const publisher = new RtpPublisher({ codec: 'VP8', clip: VP8() });
    publishers.push(publisher);
    const { source } = await to.publish(await publisher.offer(), { sessionKey: 'never' });
    const end = await collect(source).ended;
    expect(end).toMatchObject({ reason: 'timeout' });
    expect(end.message).toMatch(/no connection within 1 s; check/);
    expect(to.sessions).toBe(0);
  });

  it('connects by trickled candidates', async () => {
    const to = await start();
    const publisher = new RtpPublisher({ codec: 'VP8', clip: VP8(), trickle: true });
    publishers.push(publisher);
    const publication = await to.publish(await publisher.offer(), { sessionKey: 'trickle' });
    const seen = collect(publication.source);
    await expect(publication.trickle('a=end-of-candidates\r\n', undefined)).rejects.toMatchObject({ code: 'etag_missing', status: 428 });
    await expect(publication.trickle('a=end-of-candidates\r\n', '"other"')).rejects.toMatchObject({ code: 'etag_mismatch', status: 412 });
    await expect(publication.trickle('what', publication.etag)).rejects.toMatchObject({ code: 'bad_fragment', status: 400 });
    const fragment = `m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:0\r\n${publisher.candidates.map((line) => `a=${line}\r\n`).join('')}a=end-of-candidates\r\n`;
    expect(await publication.trickle(fragment, publication.etag)).toMatchObject({ status: 204 });
    publisher.answer(publication.answer);
    publisher.start();
    await until(() => seen.frames.length > 5, 'frames');
    await publication.close();
    await seen.ended;
    await expect(publication.trickle(fragment, publication.etag)).rejects.toMatchObject({ code: 'session_over', status: 404 });
  });

  it('connects to an ICE-lite server, within its port range, by its advertised address', async () => {
    const { publication, seen } = await publish(
      { codec: 'VP8', clip: VP8() },
      await start({ ice: { iceLite: true, portRange: [42_300, 42_320], advertisedAddresses: ['127.0.0.1'] } }),
    );
    const [, address, port] = /a=candidate:\S+ 1 udp \d+ (\S+) (\d+) typ host/.exec(publication.answer) ?? [];
    expect(publication.answer).toContain('a=ice-lite');
    expect(address).toBe('127.0.0.1');
    expect(Number(port)).toBeGreaterThanOrEqual(42_300);
    expect(Number(port)).toBeLessThanOrEqual(42_320);
    await until(() => seen.frames.length > 5, 'frames');
  });

  it('says when the ports are used up, and when the server is full', async () => {
    const to = await start({ ice: { portRange: [42_330, 42_330] }, limits: { maxSessions: 2 } });
    await publish({ codec: 'VP8', clip: VP8() }, to);
    const publisher = new RtpPublisher({ codec: 'VP8', clip: VP8() });
    publishers.push(publisher);
    const offer = await publisher.offer();
    await expect(to.publish(offer, { sessionKey: 'b' })).rejects.toMatchObject({ code: 'too_many', status: 503 });
    await pool?.close();
    expect(to.full).toBe(true);
    await expect(to.publish(offer, { sessionKey: 'c' })).rejects.toMatchObject({ code: 'too_many' });
  });

  it('drops frames for a main thread that is busy, and counts them', async () => {
    const { publisher, seen } = await publish({ codec: 'VP8', clip: VP8() }, await start());
    await until(() => seen.frames.length > 5, 'frames');
    publisher.pause();
    for (let frame = 0; frame < 30; frame++) {
      publisher.sendFrame();
      for (const begun = performance.now(); performance.now() - begun < 20;) {
        /* a busy main thread */
      }
    }
    publisher.start();
    await until(() => (seen.counters?.framesDropped ?? 0) > 5, 'counters');
  });
});
