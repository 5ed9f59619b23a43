import { mkdtempSync, readFileSync, rmSync, truncateSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { healthWarnings, openFile, type FileSource } from '../../src/ingest/mod.js';
import { collect, type Collected } from './collect.js';
import { faststart } from './faststart.js';
import { writeClip, type FileOptions } from '../support/test-video.js';

/** Recordings as cameras, editors and crashes leave them. */

let folder = '';
const at = (name: string): string => join(folder, name);
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mellm-containers-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function read(
  name: string,
  options?: FileOptions,
): Promise<{ source: FileSource; seen: Collected; end: { reason: string; message: string | undefined } }> {
  if (options) writeClip(at(name), options);
  const source = await openFile(at(name));
  const seen = collect(source);
  return { source, seen, end: await seen.ended };
}

const whole = { reason: 'ended', message: undefined };
const cut = (name: string, part: number): void => {
  truncateSync(at(name), Math.floor(statSync(at(name)).size * part));
};

describe('a file that is whole', () => {
  // Every other place of the file's rate is empty.
  const halfRate: FileOptions = { codec: 'libx264', frames: 60, fps: 60, timeOf: (index) => (index * 2000) / 60 };
  it.each([
    ['vfr.mkv', { ...halfRate, timeOf: (index: number) => (index < 30 ? index * 100 : 3000 + index * 10) }],
    ['vfr.avi', { ...halfRate, codec: 'mjpeg' }],
    ['vfr.mp4', halfRate],
    ['sound.mkv', { codec: 'libvpx', frames: 30, sound: 9 }],
    ['sound.avi', { codec: 'mjpeg', frames: 30, sound: 9 }],
    ['sound.mov', { codec: 'libx264', frames: 30, sound: 9 }],
    ['lab.nut', { codec: 'libx264', frames: 30 }],
    ['fragments.mp4', { codec: 'libx264', frames: 60, gop: 15, fragmented: true }],
  ] as [string, FileOptions][])('does not break off: %s', async (name, options) => {
    const { seen, end, source } = await read(name, options);
    expect(end).toEqual(whole);
    expect(seen.faults).toEqual([]);
    expect(seen.frames).toHaveLength(options.frames ?? 0);
    expect(healthWarnings(source.health)).toEqual([]);
  });

  it('does not break off where an edit list hides its beginning', async () => {
    writeClip(at('edit.mp4'), { codec: 'libx264', frames: 60, fps: 30, gop: 60 });
    const bytes = readFileSync(at('edit.mp4'));
    // The one entry of the edit list: one second of it, from the first second on.
    const entry = bytes.indexOf('elst') + 12;
    bytes.writeUInt32BE(scaleOf(bytes, 'mvhd'), entry);
    bytes.writeInt32BE(bytes.readInt32BE(entry + 4) + scaleOf(bytes, 'mdhd'), entry + 4);
    writeFileSync(at('edit.mp4'), bytes);
    const { seen, end } = await read('edit.mp4');
    expect(end).toEqual(whole);
    expect(seen.frames.length).toBeGreaterThan(25);
    expect(seen.frames.length).toBeLessThan(35);
  });

  it('may have garbage behind its end', async () => {
    for (const [name, codec] of [
      ['garbage.mp4', 'libx264'],
      ['garbage.mkv', 'libvpx'],
      ['garbage.avi', 'mjpeg'],
    ] as const) {
      writeClip(at(name), { codec, frames: 10 });
      writeFileSync(at(name), Buffer.concat([readFileSync(at(name)), Buffer.alloc(3000, 0x5a)]));
      expect((await read(name)).end, name).toEqual(whole);
    }
  });

  it.each(['late.mp4', 'late.mkv', 'late.mts'])('says when its first frame is shown: %s', async (name) => {
    const { source, seen, end } = await read(name, {
      codec: 'libx264',
      frames: 30,
      sound: name === 'late.mkv' ? 3 : undefined,
      timeOf: (index) => 1523 + index * 40,
    } as FileOptions);
    expect(end).toEqual(whole);
    expect(seen.frames[0]?.t).toBe(0);
    // A transport stream's clock starts anywhere; without sound its first frame is where a player starts.
    expect(source.health.start).toBeCloseTo(name === 'late.mts' ? 0 : 1.523, 2);
  });
});

describe('a file that breaks off says so', () => {
  it.each([
    ['fragment.mp4', { codec: 'libx264', frames: 60, gop: 15, fragmented: true }],
    ['data.mp4', { codec: 'libx264', frames: 60 }],
    ['sound-cut.mkv', { codec: 'libvpx', frames: 60, sound: 3 }],
    ['cut.webm', { codec: 'libvpx', frames: 60 }],
    ['cut.avi', { codec: 'mjpeg', frames: 60 }],
  ] as [string, FileOptions][])('%s', async (name, options) => {
    writeClip(at(name), options);
    if (name === 'data.mp4') faststart(at(name));
    cut(name, 0.7);
    const { seen, end } = await read(name);
    expect(end.reason).toBe('failed');
    expect(end.message).toMatch(/^the file breaks off near \d\.\d s .*; \d+ frames before it were analysed$/);
    expect(seen.frames.length).toBeGreaterThan(10);
    expect(seen.faults.at(-1)).toBe('file_truncated');
  });

  it('without its index it is refused, and the way out is said', async () => {
    writeClip(at('no-moov.mp4'), { codec: 'libx264', frames: 60 });
    cut('no-moov.mp4', 0.7);
    await expect(openFile(at('no-moov.mp4'))).rejects.toMatchObject({
      name: 'FileError',
      code: 'file_truncated',
      message: expect.stringMatching(/breaks off before its index \(moov\).*untrunc/),
    });
  });
});

describe('the shape of pixels', () => {
  it.each([
    ['a.mp4', [4, 3], 427, 240],
    ['b.mkv', [3, 2], 480, 240],
    ['c.avi', [2, 1], 640, 240],
    ['d.mp4', [10, 11], 320, 264],
    ['e.mp4', [1, 100], 320, 240],
  ] as const)('%s of %j is shown square, %i x %i', async (name, aspect, width, height) => {
    const { source, seen } = await read(name, { codec: 'libx264', frames: 3, aspect });
    expect(source.format).toMatchObject({ width, height });
    expect(seen.formats).toEqual([{ width, height, codec: 'h264' }]);
    expect(Math.abs((seen.luma[0] ?? 0) - 40)).toBeLessThan(4);
  });

  it('is square within the limits, and after turning', async () => {
    writeClip(at('limit.mp4'), { codec: 'libx264', frames: 2, aspect: [2, 1], rotation: 90 });
    const source = await openFile(at('limit.mp4'), { maxWidth: 320, maxHeight: 320 });
    const seen = collect(source);
    await seen.ended;
    expect(seen.formats).toEqual([{ width: 120, height: 320, codec: 'h264' }]);
  });

  it.each(['crop.mkv', 'crop.mp4'])('leaves out what is not to be shown: %s', async (name) => {
    // The flat quarter is 160 x 120; of it 60 x 60 stay.
    const cropping = [60, 20, 100, 40] as const;
    writeClip(at(name), { codec: 'libx264', frames: 2, ...(name.endsWith('.mkv') ? { cropping } : {}) });
    if (name.endsWith('.mp4')) addCleanAperture(at(name), 320, 240, cropping);
    const { source, seen } = await read(name);
    expect(source.format).toMatchObject({ width: 180, height: 160 });
    expect(seen.formats).toEqual([{ width: 180, height: 160, codec: 'h264' }]);
    expect(Math.abs((seen.luma[0] ?? 0) - 40)).toBeLessThan(4);
  });
});

describe('damage', () => {
  it('in a frame is counted, and the frame is not analysed', async () => {
    writeClip(at('damaged.mp4'), { codec: 'libx264', frames: 60, gop: 30, bitRate: 2_000_000 });
    const bytes = readFileSync(at('damaged.mp4'));
    const data = bytes.indexOf('mdat') + 4;
    for (let i = 0; i < 300; i++) bytes[data + Math.floor((bytes.length - data) * 0.4) + i] = (i * 151) & 0xff;
    writeFileSync(at('damaged.mp4'), bytes);
    const { source, seen, end } = await read('damaged.mp4');
    const { corruptFrames, decodeErrors } = source.health;
    expect(corruptFrames + decodeErrors).toBeGreaterThan(0);
    expect(seen.frames).toHaveLength(60 - corruptFrames - decodeErrors);
    expect(seen.counters?.framesDropped).toBe(corruptFrames + decodeErrors);
    // The hole stays in the numbers.
    expect(seen.frames.at(-1)?.index).toBe(59);
    expect(healthWarnings(source.health).join()).toMatch(/not analysed|missing/);
    expect(end).toEqual(whole);
  });

  it.each([
    [3600, 12],
    [60, 28],
    [3600, 29],
  ])('of one timestamp (%i s, frame %i) moves that frame only', async (by, frame) => {
    const { source, seen, end } = await read('stray.mp4', { codec: 'libx264', frames: 30, fps: 25, stray: { frame, by } });
    expect(end).toEqual(whole);
    seen.frames.forEach(({ t }, index) => {
      expect(t).toBeCloseTo(index / 25, 2);
    });
    expect(seen.faults).toEqual(['timestamp_stray']);
    expect(healthWarnings(source.health)).toEqual(['1 frame had a wrong timestamp and was placed between its neighbours']);
  });
});

/** Ticks of a second, of the whole movie or of its first track. */
function scaleOf(bytes: Buffer, header: 'mvhd' | 'mdhd'): number {
  return bytes.readUInt32BE(bytes.indexOf(header) + 16);
}

/** Puts a clean aperture (`clap`) into the video's description; the index must stand behind the data. */
function addCleanAperture(
  path: string,
  width: number,
  height: number,
  [top, bottom, left, right]: readonly [number, number, number, number],
): void {
  const bytes = readFileSync(path);
  const clap = Buffer.alloc(40);
  clap.writeUInt32BE(40, 0);
  clap.write('clap', 4);
  // Width, height, and how far the centre is from the picture's, as fractions.
  [width - left - right, 1, height - top - bottom, 1, left - right, 2, top - bottom, 2].forEach((value, i) => {
    clap.writeInt32BE(value, 8 + i * 4);
  });
  const entry = bytes.indexOf('avc1', bytes.indexOf('stsd')) - 4;
  const end = entry + bytes.readUInt32BE(entry);
  for (const box of ['moov', 'trak', 'mdia', 'minf', 'stbl', 'stsd']) {
    const place = bytes.indexOf(box, bytes.indexOf('moov')) - 4;
    bytes.writeUInt32BE(bytes.readUInt32BE(place) + 40, place);
  }
  bytes.writeUInt32BE(bytes.readUInt32BE(entry) + 40, entry);
  writeFileSync(path, Buffer.concat([bytes.subarray(0, end), clap, bytes.subarray(end)]));
}
