import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeRgb, readGrey, toGrey } from './grey-image.js';
import { floatTiff } from '../../tests/support/float-tiff.js';
import { encodePng, toBytes } from './png.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'grey-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe('readGrey', () => {
  it('keeps the very values of a grey PNG', async () => {
    const pixels = Uint8Array.from({ length: 40 * 33 }, (_, i) => i % 256);
    const path = join(folder, 'grey.png');
    await writeFile(path, await encodePng(pixels, 40, 33));
    expect(await readGrey(path)).toEqual({ width: 40, height: 33, data: Float32Array.from(pixels) });
  });

  it('weighs colours as BT.601 does, and drops alpha', async () => {
    const red = await sharp({ create: { width: 32, height: 32, channels: 4, background: { r: 255, g: 0, b: 0, alpha: 0.5 } } })
      .png()
      .toBuffer();
    const grey = toGrey(await decodeRgb(red));
    expect(grey.data[0]).toBeCloseTo(0.299 * 255, 3);
  });

  it('reads 16 bits a sample', async () => {
    const pixels = new Uint16Array(32 * 32).fill(0x8080);
    const png = await sharp(pixels, { raw: { width: 32, height: 32, channels: 1 } })
      .toColourspace('grey16')
      .png()
      .toBuffer();
    expect((await sharp(png).metadata()).depth).toBe('ushort');
    expect(toGrey(await decodeRgb(png)).data[0]).toBe(128);
  });

  it('reads floats, but refuses values that are not numbers', async () => {
    const grey = floatTiff(32, 32, (i) => i % 200);
    expect((await sharp(grey).metadata()).depth).toBe('float');
    expect(toGrey(await decodeRgb(grey)).data[150]).toBe(150);
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      await expect(
        decodeRgb(
          floatTiff(32, 32, (i) => (i === 700 ? bad : 90)),
          'a.tiff',
        ),
      ).rejects.toMatchObject({
        code: 'flow_input_invalid',
        message: expect.stringMatching(/^a\.tiff contains non-finite values/) as string,
      });
    }
  });

  it('turns a picture upright', async () => {
    const jpeg = await sharp({ create: { width: 60, height: 40, channels: 3, background: 'grey' } })
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer();
    expect(await decodeRgb(jpeg)).toMatchObject({ width: 40, height: 60 });
  });

  it('tells in a sentence what is wrong with a file', async () => {
    const path = join(folder, 'bad.png');
    await writeFile(path, 'this is no picture');
    await expect(readGrey(path)).rejects.toMatchObject({ code: 'image_unreadable', message: expect.stringContaining('bad.png') as string });
    await expect(readGrey(join(folder, 'none.png'))).rejects.toMatchObject({ code: 'image_unreadable' });
    const whole = await encodePng(
      Uint8Array.from({ length: 64 * 64 }, (_, i) => (i * 7919) % 251),
      64,
      64,
    );
    await expect(decodeRgb(whole.subarray(0, whole.length >> 1))).rejects.toMatchObject({ code: 'image_unreadable' });
    await expect(decodeRgb(await encodePng(new Uint8Array(31 * 64), 31, 64))).rejects.toMatchObject({ code: 'image_too_small' });
    const huge = await sharp({ create: { width: 7200, height: 7200, channels: 3, background: 'black' } })
      .toColourspace('b-w')
      .png({ compressionLevel: 1 })
      .toBuffer();
    await expect(decodeRgb(huge)).rejects.toMatchObject({ code: 'image_too_large' });
  });
});

describe('png', () => {
  it('rounds and clamps luma', () => {
    expect([...toBytes(Float32Array.of(-3, 1.6, 300))]).toEqual([0, 2, 255]);
  });
  it('refuses what is no picture', async () => {
    await expect(encodePng(new Uint8Array(7), 2, 2)).rejects.toThrow(RangeError);
  });
});
