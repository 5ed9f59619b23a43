import { AV_PIX_FMT_YUV420P, AV_PROFILE_H264_BASELINE } from 'node-av/constants';
import { FormatContext, FFmpegError, Packet, Rational, Codec, CodecContext } from 'node-av/lib';
import { afterEach, describe, expect, it } from 'vitest';
import { IngestPool } from '../../src/ingest/mod.js';
import { collect, sleep, until, type Collected } from './collect.js';
import { encodeClip } from '../support/test-video.js';
import { startWhipServer, type WhipServer } from './whip-server.js';

let pool: IngestPool | undefined;
let server: WhipServer | undefined;
afterEach(async () => {
  await server?.close();
  await pool?.close();
});

function check(code: number): void {
  if (code < 0) throw new Error(FFmpegError.strerror(code));
}

describe("FFmpeg's WHIP muxer, as OBS-like encoders publish", () => {
  it('sends H.264', async () => {
    pool = await IngestPool.start({ ice: { host: '127.0.0.1' } });
    let seen: Collected | undefined;
    server = await startWhipServer(pool, ({ source }) => {
      seen = collect(source);
    });
    const container = new FormatContext();
    check(container.allocOutputContext2(null, 'whip', server.url));
    const codec = Codec.findEncoderByName('libx264' as Parameters<typeof Codec.findEncoderByName>[0]);
    const stream = container.newStream(codec);
    const context = new CodecContext();
    context.allocContext3(codec);
    Object.assign(context, { width: 640, height: 480, pixelFormat: AV_PIX_FMT_YUV420P, maxBFrames: 0 });
    context.timeBase = new Rational(1, 90_000);
    check(stream.codecpar.fromContext(context));
    stream.codecpar.profile = AV_PROFILE_H264_BASELINE;
    stream.codecpar.level = 31;
    stream.timeBase = new Rational(1, 90_000);
    const clip = encodeClip({ codec: 'libx264', width: 640, height: 480, frames: 90, gop: 30, profile: 'baseline' });
    check(await container.writeHeader());
    const begun = performance.now();
    for (const [index, { data, keyframe }] of clip.entries()) {
      const packet = new Packet();
      packet.alloc();
      packet.data = data;
      packet.isKeyframe = keyframe;
      packet.streamIndex = 0;
      packet.pts = packet.dts = BigInt(index * 3000);
      packet.duration = 3000n;
      packet.rescaleTs({ num: 1, den: 90_000 }, stream.timeBase);
      check(await container.writeFrame(packet));
      packet.free();
      await sleep(Math.max(0, ((index + 1) * 1000) / 30 - (performance.now() - begun)));
    }
    await until(() => (seen?.frames.length ?? 0) >= 55, 'frames');
    await container.writeTrailer();
    container.freeContext();
    expect(seen?.formats).toEqual([{ width: 640, height: 480, codec: 'h264' }]);
    expect(seen?.faults).toEqual([]);
    seen?.frames.slice(1).forEach(({ t }, index) => {
      expect(t - (seen?.frames[index]?.t ?? 0)).toBeCloseTo(1 / 30, 2);
    });
    expect((await seen?.ended)?.reason).toMatch(/deleted|ended/); // the muxer sends DELETE
  });
});
