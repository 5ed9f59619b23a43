import sharp from 'sharp';
import type { Frame } from '../../../../src/ingest/contract.js';

/** Writes a frame as a picture; the inverse of how pictures become frames, so that the luma stays what it was. */
export async function writeFramePng({ width, height, data }: Frame, file: string): Promise<void> {
  const rgb = new Uint8ClampedArray(3 * width * height);
  const columns = Math.ceil(width / 2),
    chroma = columns * Math.ceil(height / 2),
    start = width * height;
  for (let y = 0, k = 0; y < height; y++) {
    for (let x = 0; x < width; x++, k++) {
      const at = start + (y >> 1) * columns + (x >> 1);
      const luma = data[k]!,
        r = luma + 1.596 * (data[at + chroma]! - 128),
        b = luma + 2.018 * (data[at]! - 128);
      rgb[3 * k] = r;
      rgb[3 * k + 1] = (luma - 0.299 * r - 0.114 * b) / 0.587;
      rgb[3 * k + 2] = b;
    }
  }
  await sharp(Buffer.from(rgb.buffer), { raw: { width, height, channels: 3 } })
    .png({ compressionLevel: 1 })
    .toFile(file);
}
