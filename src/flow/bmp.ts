import { FlowError } from './flow-error.js';
import type { RgbImage } from './grey-image.js';

const MAX_PIXELS = 50_000_000;

/** Whether bytes are a Windows bitmap, which sharp does not read. */
export function isBmp(bytes: Uint8Array): boolean {
  return bytes[0] === 0x42 && bytes[1] === 0x4d && bytes.length > 54;
}

/**
 * Decodes an uncompressed bitmap of 1, 4, 8, 24 or 32 bits a pixel, as SMIC's cameras and Windows programs write them.
 *
 * @throws {FlowError} `image_unreadable` where it is of another kind or breaks off, `image_too_large`
 */
export function decodeBmp(bytes: Uint8Array, name: string): RgbImage {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [start, header, width, signedHeight] = [
    view.getUint32(10, true),
    view.getUint32(14, true),
    view.getInt32(18, true),
    view.getInt32(22, true),
  ];
  const [bits, compression, used] = [view.getUint16(28, true), view.getUint32(30, true), view.getUint32(46, true)];
  const height = Math.abs(signedHeight);
  const bad = (why: string): FlowError => new FlowError('image_unreadable', `${name} is not a readable bitmap (${why}); save it as PNG`);
  if (header < 40 || width < 1 || height < 1) throw bad('an old or damaged header');
  if (width * height > MAX_PIXELS) throw new FlowError('image_too_large', `${name} is ${String(width)}x${String(height)}; scale it down`);
  // 3: masks, which for 32 bits are the plain order in all that write them.
  if (![1, 4, 8, 24, 32].includes(bits) || !(compression === 0 || (compression === 3 && bits === 32)))
    throw bad(`${String(bits)} bits, compression ${String(compression)}`);
  const stride = Math.ceil((width * bits) / 32) * 4;
  if (start + stride * height > bytes.length) throw bad('it is truncated');
  const data = new Uint8Array(3 * width * height);
  const palette = 14 + header;
  const colours = bits <= 8 ? Math.min(used === 0 ? 1 << bits : used, 1 << bits) : 0;
  for (let y = 0; y < height; y++) {
    const row = start + stride * (signedHeight > 0 ? height - 1 - y : y);
    for (let x = 0; x < width; x++) {
      const at = bits >= 24 ? row + x * (bits / 8) : palette + 4 * Math.min(colours - 1, indexAt(bytes, row, x, bits));
      const to = 3 * (y * width + x);
      data[to] = bytes[at + 2] ?? 0;
      data[to + 1] = bytes[at + 1] ?? 0;
      data[to + 2] = bytes[at] ?? 0;
    }
  }
  return { width, height, data };
}

function indexAt(bytes: Uint8Array, row: number, x: number, bits: number): number {
  const byte = bytes[row + Math.floor((x * bits) / 8)] ?? 0;
  return (byte >> (8 - bits - ((x * bits) % 8))) & ((1 << bits) - 1);
}
