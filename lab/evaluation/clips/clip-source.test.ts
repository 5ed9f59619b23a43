import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pictureAt, readClip } from './clip-source.js';

let folder = '';
const paths = (): string[] => [40, 46, 47].map((n) => join(folder, `img${String(n)}.png`));
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mellm-clip-'));
  for (const path of paths())
    await sharp({ create: { width: 4, height: 4, channels: 3, background: '#888' } })
      .png()
      .toFile(path);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('a clip of pictures', () => {
  it('gives every picture the time of its frame, and counts missing ones as dropped', async () => {
    const seen: { index: number; t: number }[] = [];
    const read = await readClip({ kind: 'images', paths: paths(), fps: 200, frames: [0, 6, 7] }, ({ index, t }) => {
      seen.push({ index, t });
    });
    expect(seen).toEqual([
      { index: 0, t: 0 },
      { index: 6, t: 0.03 },
      { index: 7, t: 0.035 },
    ]);
    // What was not there can't have had a false alarm.
    expect(read).toMatchObject({ frames: 3, seconds: 0.015, fps: 200 });
  });

  it('reads on over a picture that is broken, and says which', async () => {
    const broken = join(folder, 'broken.png');
    writeFileSync(broken, readFileSync(paths()[0] ?? '').subarray(0, 40));
    const [first = '', , last = ''] = paths();
    const indexes: number[] = [];
    const read = await readClip({ kind: 'images', paths: [first, broken, last], fps: 200 }, ({ index }) => {
      indexes.push(index);
    });
    expect(indexes).toEqual([0, 2]);
    expect(read.fault).toMatch(/^1 of 3 pictures can't be read and are left out: .*broken\.png/);
    await expect(readClip({ kind: 'images', paths: [broken], fps: 200 }, () => undefined)).rejects.toMatchObject({
      code: 'clip_unreadable',
      message: expect.stringContaining('broken.png') as string,
    });
  });

  it.each([24, 32, 8])('reads bitmaps of %i bits, and TIFF of 16', async (bits) => {
    const [bmp, tif] = [join(folder, 'a.bmp'), join(folder, 'a.tif')];
    writeFileSync(bmp, bitmap(bits));
    await sharp(Buffer.from(new Uint16Array(16 * 16).fill(0x8080).buffer), { raw: { width: 16, height: 16, channels: 1 } })
      .toColourspace('grey16')
      .tiff()
      .toFile(tif);
    const luma: number[] = [];
    await readClip({ kind: 'images', paths: [bmp], fps: 100 }, ({ data, width }) => {
      luma.push(data[0] ?? 0, data[3] ?? 0, data[3 * width] ?? 0);
    });
    // White top left, black right, grey below.
    expect(luma.map((value) => Math.round(value / 64))).toEqual([4, 0, 2]);
    await readClip({ kind: 'images', paths: [tif], fps: 100 }, ({ data }) => {
      luma.push(data[0] ?? 0);
    });
    expect(Math.abs((luma.at(-1) ?? 0) - 128)).toBeLessThan(20);
  });

  it('finds the picture nearest to a moment', () => {
    const source = { kind: 'images', paths: paths(), fps: 200, frames: [0, 6, 7] } as const;
    expect([0, 0.01, 0.02, 0.035, 9].map((t) => pictureAt(source, t).slice(-6, -4))).toEqual(['40', '40', '46', '47', '47']);
    expect(pictureAt({ ...source, frames: undefined } as never, 0.005)).toContain('img46');
  });
});

/** A bitmap of 4 x 4 px, rows from below: white and black above, grey below. */
function bitmap(bits: number): Buffer {
  const palette = bits === 8 ? 256 : 0;
  const stride = 4 * Math.ceil((4 * bits) / 32);
  const start = 54 + 4 * palette;
  const bytes = Buffer.alloc(start + 4 * stride);
  bytes.write('BM');
  bytes.writeUInt32LE(start, 10);
  [40, 4, 4].forEach((value, i) => {
    bytes.writeUInt32LE(value, 14 + 4 * i);
  });
  bytes.writeUInt16LE(bits, 28);
  for (let i = 0; i < palette; i++) bytes.fill(i, 54 + 4 * i, 57 + 4 * i);
  for (let y = 0; y < 4; y++)
    for (let x = 0; x < 4; x++)
      bytes.fill(
        y >= 2 ? 128 : x < 2 ? 255 : 0,
        start + (3 - y) * stride + (x * bits) / 8,
        start + (3 - y) * stride + ((x + 1) * bits) / 8,
      );
  return bytes;
}
