import sharp, { type Sharp } from 'sharp';
import { decodeFlo, encodeFlo } from '../../../src/flow/flo-file.js';
import { FlowError } from '../../../src/flow/flow-error.js';
import { decodeRgb, toGrey } from '../../../src/flow/grey-image.js';
import { expect, refusing, type FuzzTarget } from '../target.js';

const made = { width: 40, height: 33, channels: 3 as const, background: { r: 20, g: 90, b: 160 } };
const fresh = (): Sharp => sharp({ create: made });
const SEEDS = await Promise.all([
  fresh().png({ compressionLevel: 9 }).toBuffer(),
  fresh().png({ palette: true }).toBuffer(),
  fresh().greyscale().png().toBuffer(),
  fresh().jpeg().toBuffer(),
  fresh().jpeg({ progressive: true }).withMetadata({ orientation: 6 }).toBuffer(),
  fresh().webp().toBuffer(),
  fresh().webp({ lossless: true }).toBuffer(),
  fresh().gif().toBuffer(),
  fresh().tiff({ compression: 'lzw' }).toBuffer(),
  fresh().ensureAlpha(0.5).png().toBuffer(),
]);
sharp.cache(false);
sharp.concurrency(1);

/** The reader's own rules around libvips, whose decoders others fuzz. */
export const image: FuzzTarget = {
  name: 'image',
  maxLength: 4096,
  dictionary: [
    'IHDR',
    'IDAT',
    'IEND',
    'PLTE',
    'tRNS',
    'eXIf',
    'acTL',
    'RIFF',
    'WEBPVP8X',
    'GIF89a',
    'II*\u0000',
    'MM\u0000*',
    'Exif\u0000\u0000',
    '<svg width="9" height="9"/>',
  ],
  seeds: () => SEEDS,
  run: async (input) => {
    try {
      const rgb = await decodeRgb(input);
      expect(
        rgb.width >= 32 && rgb.height >= 32 && rgb.width * rgb.height <= 50e6 && rgb.data.length === 3 * rgb.width * rgb.height,
        'a picture has the size that it says',
      );
      const grey = toGrey(rgb);
      expect(
        grey.data.every((value) => value >= 0 && value <= 255.001),
        'luma lies in 0..255',
      );
    } catch (error) {
      if (!(error instanceof FlowError)) throw error;
      expect(error.message.length < 1000 && !error.message.includes('\n'), 'a refusal is one sentence');
    }
  },
};

export const flo: FuzzTarget = {
  name: 'flo',
  maxLength: 512,
  dictionary: ['PIEH'],
  seeds: () => [
    encodeFlo({ width: 2, height: 1, data: Float32Array.of(1, 2, -3, 0.5) }),
    encodeFlo({ width: 3, height: 4, data: new Float32Array(24) }),
  ],
  run: (input) => {
    refusing([FlowError], () => {
      const field = decodeFlo(input);
      expect(field.data.length === 2 * field.width * field.height, 'a field has the size that it says');
      expect(encodeFlo(field).length === input.length, 'a field that was read is written in as many bytes');
    });
  },
};
