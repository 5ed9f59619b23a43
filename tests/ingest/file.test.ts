import { mkdtempSync, readFileSync, rmSync, truncateSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FileError, openFile } from '../../src/ingest/mod.js';
import { collect, sleep, until } from './collect.js';
import { faststart } from './faststart.js';
import { lumaOf, writeClip, type ClipOptions } from '../support/test-video.js';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mellm-ingest-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const KINDS: [name: string, codec: ClipOptions['codec'], says: string][] = [
  ['a.mp4', 'libx264', 'h264'],
  ['b.mov', 'libx264', 'h264'],
  ['c.mp4', 'libx265', 'hevc'],
  ['d.webm', 'libvpx', 'vp8'],
  ['e.webm', 'libvpx-vp9', 'vp9'],
  ['f.webm', 'libsvtav1', 'av1'],
  ['g.avi', 'mjpeg', 'mjpeg'],
  ['h.avi', 'rawvideo', 'rawvideo'],
  ['i.avi', 'libx264', 'h264'],
  ['j.mov', 'mjpeg', 'mjpeg'],
];

describe('openFile', () => {
  it.each(KINDS)('reads %s of %s, every frame, in order', async (name, codec, says) => {
    const path = join(folder, name);
    writeClip(path, { codec, frames: 40, fps: 25, bFrames: name === 'a.mp4' ? 2 : 0 });
    const source = await openFile(path);
    expect(source.format).toEqual({ width: 320, height: 240, codec: says });
    expect(source.duration).toBeCloseTo(1.6, 0);
    const seen = collect(source);
    expect(await seen.ended).toEqual({ reason: 'ended', message: undefined });
    expect(seen.frames.map(({ index }) => index)).toEqual(Array.from({ length: 40 }, (_, index) => index));
    expect(seen.frames[0]?.t).toBe(0);
    seen.frames.forEach(({ t }, index) => {
      expect(t).toBeCloseTo(index / 25, 2);
    });
    seen.luma.forEach((luma, index) => {
      expect(Math.abs(luma - lumaOf(index))).toBeLessThan(says === 'mjpeg' ? 20 : 6);
    });
    expect(seen.counters).toMatchObject({ framesDecoded: 40, framesDropped: 0 });
    expect(seen.ends).toBe(1);
  });

  it('keeps a variable frame rate', async () => {
    const path = join(folder, 'vfr.mp4');
    const times = [0, 40, 50, 200, 210, 1000, 1033];
    writeClip(path, { codec: 'libx264', frames: times.length, timeOf: (index) => times[index] ?? 0 });
    const seen = collect(await openFile(path));
    await seen.ended;
    expect(seen.frames.map(({ t }) => Math.round(t * 1000))).toEqual(times);
  });

  it('goes by fps instead when told to', async () => {
    const path = join(folder, 'wrong-rate.avi');
    writeClip(path, { codec: 'mjpeg', frames: 20, fps: 10 });
    const source = await openFile(path, { fps: 200 });
    expect(source.duration).toBeCloseTo(0.1, 5);
    const seen = collect(source);
    await seen.ended;
    expect(seen.frames.at(-1)?.t).toBeCloseTo(19 / 200, 9);
  });

  it.each([90, 180, 270] as const)("turns a phone's video upright (%i degrees)", async (rotation) => {
    const path = join(folder, `turned-${String(rotation)}.mp4`);
    writeClip(path, { codec: 'libx264', frames: 3, rotation });
    const source = await openFile(path);
    const upright = rotation === 180 ? { width: 320, height: 240 } : { width: 240, height: 320 };
    expect(source.format).toMatchObject(upright);
    let data: Uint8Array | undefined;
    let width = 0;
    await new Promise<void>((resolve) => {
      source.start((event) => {
        if (event.type === 'format') expect(event.format).toMatchObject(upright);
        if (event.type === 'frame') {
          data ??= event.frame.data;
          width = event.frame.width;
          source.ack();
        }
        if (event.type === 'end') resolve();
      });
    });
    // The flat quarter was top left: by 90 degrees clockwise it comes to the top right.
    const [x, y] = { 90: [180, 80], 180: [240, 180], 270: [60, 240] }[rotation] as [number, number];
    expect(Math.abs((data?.[y * width + x] ?? 0) - lumaOf(0))).toBeLessThan(4);
  });

  it('converts 4:2:2 of 10 bits', async () => {
    const path = join(folder, 'ten.mp4');
    writeClip(path, { codec: 'libx264', frames: 10, pixels: 'yuv422p10' });
    const seen = collect(await openFile(path));
    await seen.ended;
    expect(seen.frames).toHaveLength(10);
    seen.luma.forEach((luma, index) => {
      expect(Math.abs(luma - lumaOf(index))).toBeLessThan(6);
    });
  });

  it('scales down what is too large', async () => {
    const path = join(folder, 'a-large.mp4');
    writeClip(path, { codec: 'libx264', frames: 3, width: 640, height: 480 });
    const seen = collect(await openFile(path, { maxWidth: 320, maxHeight: 320 }));
    await seen.ended;
    expect(seen.formats).toEqual([{ width: 320, height: 240, codec: 'h264' }]);
  });

  it('sends no more than its credit', async () => {
    const path = join(folder, 'credit.webm');
    writeClip(path, { codec: 'libvpx', frames: 30 });
    const source = await openFile(path, { credit: 3 });
    const seen = collect(source, { ack: false });
    await until(() => seen.frames.length === 3, 'three frames');
    await sleep(200);
    expect(seen.frames).toHaveLength(3);
    source.ack();
    await until(() => seen.frames.length === 4, 'one more');
    source.close('shutdown');
    source.close('shutdown');
    expect(await seen.ended).toEqual({ reason: 'shutdown', message: undefined });
    expect(seen.ends).toBe(1);
  });

  it('may be closed before it is started', async () => {
    const path = join(folder, 'unstarted.webm');
    writeClip(path, { codec: 'libvpx', frames: 3 });
    const source = await openFile(path);
    source.close('shutdown');
    await sleep(50);
    expect((await collect(source).ended).reason).toBe('shutdown');
  });

  it.each(['cut.mp4', 'cut.webm', 'cut.avi'])('gives what it can of %s, then says that it breaks off', async (name) => {
    const path = join(folder, name);
    writeClip(path, { codec: name === 'cut.avi' ? 'mjpeg' : name === 'cut.webm' ? 'libvpx' : 'libx264', frames: 120, fps: 30 });
    if (name === 'cut.mp4') faststart(path);
    truncateSync(path, Math.floor(statSync(path).size * 0.6));
    const seen = collect(await openFile(path));
    const { reason, message } = await seen.ended;
    expect(seen.frames.length).toBeGreaterThan(30);
    expect(seen.frames.length).toBeLessThan(110);
    expect(reason).toBe('failed');
    expect(message).toMatch(/breaks off/);
    expect(seen.faults.at(-1)).toBe('file_truncated');
  });

  it('passes over damage in the middle and tells the gap', async () => {
    const path = join(folder, 'damaged.avi');
    writeClip(path, { codec: 'libx264', frames: 90, gop: 15 });
    const bytes = readFileSync(path);
    bytes.fill(0xff, Math.floor(bytes.length * 0.4), Math.floor(bytes.length * 0.42));
    writeFileSync(path, bytes);
    const seen = collect(await openFile(path));
    await seen.ended;
    expect(seen.frames.length).toBeGreaterThan(60);
    expect(seen.ends).toBe(1);
  });

  it.each([
    ['nothing there', 'missing.mp4', undefined, 'file_not_found'],
    ['a text', 'text.mp4', 'this is not a video at all, only some words', 'not_a_video'],
    ['an empty file', 'empty.mp4', '', 'not_a_video'],
    ['a playlist that leads elsewhere', 'list.m3u8', '#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n', 'not_a_video'],
    ['a concatenation script', 'list.ffconcat', 'ffconcat version 1.0\nfile a.mp4\n', 'not_a_video'],
  ])('refuses %s', async (_, name, content, code) => {
    const path = join(folder, name);
    if (content !== undefined) writeFileSync(path, content);
    const error = await openFile(path).then(
      () => undefined,
      (caught: unknown) => caught,
    );
    expect(error).toBeInstanceOf(FileError);
    expect(error).toMatchObject({ code });
  });

  it('refuses a folder and a sound', async () => {
    await expect(openFile(folder)).rejects.toMatchObject({ code: 'not_a_video' });
    const path = join(folder, 'sound.avi');
    writeFileSync(path, silence());
    await expect(openFile(path)).rejects.toMatchObject({ name: 'FileError' });
  });
});

/** A WAV file of one second, under a video's name. */
function silence(): Buffer {
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + 16_000, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(8000, 24);
  header.writeUInt32LE(16_000, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(16_000, 40);
  return Buffer.concat([header, Buffer.alloc(16_000)]);
}
