import { readFile, stat } from 'node:fs/promises';
import type { ColourspaceEnum } from 'sharp';
import { decodeBmp, isBmp } from './bmp.js';
import { FlowError } from './flow-error.js';
import { loadSharp } from './load-sharp.js';

/** A picture as luma (ITU-R BT.601) 0..255, row-major. */
export interface GreyImage {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array<ArrayBuffer>;
}

/** A picture as 8-bit RGB, row-major. */
export interface RgbImage {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array<ArrayBuffer>;
}

/** Limits of the pictures that are read. */
const LEAST_SIDE = 32;
const MAX_PIXELS = 50_000_000;
const MAX_BYTES = 256 * 1024 * 1024;
/** Depths of samples that may be no numbers. */
const FLOATING = new Set(['float', 'double', 'complex', 'dpcomplex']);

/**
 * Reads a PNG, JPEG, WebP, TIFF, GIF, AVIF or BMP, upright as its EXIF says, without its alpha.
 *
 * @throws {FlowError} `image_unreadable`, `image_too_small` (below 32 px a side), `image_too_large` (above 50 megapixels),
 * `flow_input_invalid` (values that are not numbers).
 */
export async function readRgb(path: string): Promise<RgbImage> {
  let bytes: Uint8Array;
  try {
    const { size } = await stat(path);
    if (size > MAX_BYTES) throw new FlowError('image_too_large', `${path} is larger than ${String(MAX_BYTES >> 20)} MiB; scale it down`);
    bytes = await readFile(path);
  } catch (cause) {
    if (cause instanceof FlowError) throw cause;
    throw new FlowError('image_unreadable', `cannot read ${path}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
  return decodeRgb(bytes, path);
}

/** As {@link readRgb}, from bytes; `name` is for the error. */
export async function decodeRgb(bytes: Uint8Array, name = 'the picture'): Promise<RgbImage> {
  if (isBmp(bytes)) return checkedBmp(bytes, name);
  let size: { width: number; height: number; depth: string; space: keyof ColourspaceEnum };
  const sharp = await loadSharp();
  try {
    size = await sharp(bytes, { limitInputPixels: false }).metadata();
  } catch (cause) {
    throw unreadable(name, cause);
  }
  const said = `${name} is ${String(size.width)}x${String(size.height)}`;
  if (size.width < LEAST_SIDE || size.height < LEAST_SIDE)
    throw new FlowError('image_too_small', `${said}; at least ${String(LEAST_SIDE)}x${String(LEAST_SIDE)} pixels are needed`);
  if (size.width * size.height > MAX_PIXELS)
    throw new FlowError('image_too_large', `${said}; at most ${String(MAX_PIXELS / 1e6)} megapixels are supported, scale it down`);
  try {
    if (FLOATING.has(size.depth) && !(await isFinite(bytes, size.space)))
      throw new FlowError('flow_input_invalid', `${name} contains non-finite values (NaN); save it again, preferably as PNG`);
    const { data, info } = await sharp(bytes, { limitInputPixels: MAX_PIXELS, failOn: 'error' })
      .autoOrient()
      .removeAlpha()
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    const rgb =
      info.channels === 3
        ? new Uint8Array(data)
        : Uint8Array.from({ length: 3 * info.width * info.height }, (_, i) => data[Math.floor(i / 3) * info.channels]!);
    return { width: info.width, height: info.height, data: rgb };
  } catch (cause) {
    throw cause instanceof FlowError ? cause : unreadable(name, cause);
  }
}

function checkedBmp(bytes: Uint8Array, name: string): RgbImage {
  const picture = decodeBmp(bytes, name);
  const { width, height } = picture;
  if (width < LEAST_SIDE || height < LEAST_SIDE)
    throw new FlowError(
      'image_too_small',
      `${name} is ${String(width)}x${String(height)}; at least ${String(LEAST_SIDE)}x${String(LEAST_SIDE)} pixels are needed`,
    );
  return picture;
}

/** In its own colour space: every conversion makes 0 of what is no number. */
async function isFinite(bytes: Uint8Array, space: keyof ColourspaceEnum): Promise<boolean> {
  const sharp = await loadSharp();
  const data = await sharp(bytes, { limitInputPixels: MAX_PIXELS, failOn: 'error' })
    .removeAlpha()
    .toColourspace(space)
    .raw({ depth: 'float' })
    .toBuffer();
  return new Float32Array(data.buffer, data.byteOffset, data.length / Float32Array.BYTES_PER_ELEMENT).every(Number.isFinite);
}

/** Luma of a picture. */
export function toGrey({ width, height, data }: RgbImage): GreyImage {
  const grey = new Float32Array(width * height);
  for (let i = 0; i < grey.length; i++) {
    const r = data[3 * i]!;
    const g = data[3 * i + 1]!;
    const b = data[3 * i + 2]!;
    // A grey picture keeps its very values.
    grey[i] = r === g && g === b ? r : 0.299 * r + 0.587 * g + 0.114 * b;
  }
  return { width, height, data: grey };
}

/** See {@link readRgb}. */
export async function readGrey(path: string): Promise<GreyImage> {
  return toGrey(await readRgb(path));
}

function unreadable(name: string, cause: unknown): FlowError {
  const why = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause);
  return new FlowError('image_unreadable', `${name} is not a readable image (PNG, JPEG, WebP, TIFF, GIF, AVIF, BMP): ${why}`, { cause });
}
