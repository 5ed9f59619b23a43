import type { DecodedPicture } from './frame-decoder.js';

type Picture = Pick<DecodedPicture, 'width' | 'height' | 'data'>;

/** Pixels that a container says are not to be shown, of the stored picture. */
export interface Cropping {
  readonly top: number;
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

/** Pixel aspects beyond it are slips of whoever wrote them. */
const MOST = 8;

/** Width over height of a stored pixel; 1 where it is not known or can't be right. */
export function pixelAspect(...known: readonly { readonly num: number; readonly den: number }[]): number {
  const said = known.find(({ num, den }) => num > 0 && den > 0);
  const aspect = said ? said.num / said.den : 1;
  return aspect >= 1 / MOST && aspect <= MOST ? aspect : 1;
}

/**
 * The size of a stored picture with square pixels. It grows along its coarser side, so that no detail is lost, and shrinks where that is
 * more than the limits allow.
 */
export function squareSize(
  width: number,
  height: number,
  aspect: number,
  limits: { readonly maxWidth: number; readonly maxHeight: number },
): { readonly width: number; readonly height: number } {
  const wide = aspect > 1 ? width * aspect : width;
  const high = aspect < 1 ? height / aspect : height;
  const scale = Math.min(1, limits.maxWidth / wide, limits.maxHeight / high);
  return { width: Math.max(2, Math.round(wide * scale)), height: Math.max(2, Math.round(high * scale)) };
}

/** Reads four 32-bit integers of FFmpeg's cropping data: top, bottom, left, right. */
export function croppingOf(data: Buffer | null, width: number, height: number): Cropping | undefined {
  if (!data || data.length < 16) return undefined;
  const [top = 0, bottom = 0, left = 0, right = 0] = [0, 4, 8, 12].map((at) => data.readUInt32LE(at));
  return top + bottom + left + right > 0 && left + right + 2 <= width && top + bottom + 2 <= height
    ? { top, bottom, left, right }
    : undefined;
}

/** The size that is left. */
export function croppedSize(
  width: number,
  height: number,
  crop: Cropping | undefined,
): { readonly width: number; readonly height: number } {
  return crop ? { width: width - crop.left - crop.right, height: height - crop.top - crop.bottom } : { width, height };
}

/** Cuts an I420 picture; offsets are rounded to whole chroma samples. */
export function cropI420({ width, height, data }: Picture, crop: Cropping): Picture {
  const left = crop.left & ~1;
  const top = crop.top & ~1;
  const size = croppedSize(width, height, crop);
  const chroma = { width: Math.ceil(size.width / 2), height: Math.ceil(size.height / 2) };
  const cut = new Uint8Array(size.width * size.height + 2 * chroma.width * chroma.height);
  const [halfWidth, halfHeight] = [Math.ceil(width / 2), Math.ceil(height / 2)];
  let from = 0;
  let to = 0;
  for (const plane of [
    { ...size, stride: width, rows: height, left, top },
    ...[0, 1].map(() => ({ ...chroma, stride: halfWidth, rows: halfHeight, left: left / 2, top: top / 2 })),
  ]) {
    for (let y = 0; y < plane.height; y++, to += plane.width) {
      const start = from + (plane.top + y) * plane.stride + plane.left;
      cut.set(data.subarray(start, start + plane.width), to);
    }
    from += plane.stride * plane.rows;
  }
  return { ...size, data: cut };
}
