import { loadSharp } from './load-sharp.js';

/** A PNG of grey (1 byte a pixel) or RGB (3 bytes a pixel) pixels, row-major. */
export async function encodePng(pixels: Uint8Array, width: number, height: number): Promise<Uint8Array<ArrayBuffer>> {
  const channels = pixels.length / (width * height);
  if (channels !== 1 && channels !== 3)
    throw new RangeError(`${String(pixels.length)} bytes do not make a ${String(width)}x${String(height)} grey or RGB image`);
  const sharp = await loadSharp();
  const picture = sharp(pixels, { raw: { width, height, channels } });
  // Grey stays one channel; sharp would write sRGB.
  return new Uint8Array(await (channels === 1 ? picture.toColourspace('b-w') : picture).png({ compressionLevel: 6 }).toBuffer());
}

/** Luma 0..255 as bytes, rounded. */
export function toBytes(luma: Uint8Array | Float32Array): Uint8Array {
  // Rounds and clamps by itself.
  return luma instanceof Uint8Array ? luma : new Uint8Array(Uint8ClampedArray.from(luma).buffer);
}
