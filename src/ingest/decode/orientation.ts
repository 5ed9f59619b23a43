type Picture = { readonly width: number; readonly height: number; readonly data: Uint8Array<ArrayBuffer> };

/** How a stored picture is to be shown: mirrored left to right first, then turned clockwise. */
export interface Orientation {
  readonly clockwise: 0 | 90 | 180 | 270;
  readonly mirrored: boolean;
}

/**
 * Reads the 3x3 display matrix of a file (ISO/IEC 14496-12 section 8.3.2; FFmpeg keeps it as nine 32-bit integers of the machine's order).
 *
 * The matrix maps a stored point (x, y) to (a x + c y, b x + d y), y down. Only quarter turns are known; anything else counts as none.
 */
export function orientationOf(matrix: Buffer | null): Orientation | undefined {
  if (!matrix || matrix.length < 36) return undefined;
  const at = (index: number): number => Math.sign(matrix.readInt32LE(index * 4));
  const [a, b, c, d] = [at(0), at(1), at(3), at(4)];
  const mirrored = a * d - b * c < 0;
  // With the mirroring (x to -x) undone first, the first column is (cos, sin) of the clockwise turn.
  const [cos, sin] = mirrored ? [-a, -b] : [a, b];
  const clockwise = sin === 0 && cos !== 0 ? (cos > 0 ? 0 : 180) : cos === 0 && sin !== 0 ? (sin > 0 ? 90 : 270) : 0;
  return clockwise === 0 && !mirrored ? undefined : { clockwise, mirrored };
}

/** Turns an I420 picture upright. */
export function orientI420(picture: Picture, { clockwise, mirrored }: Orientation): Picture {
  const { width, height } = picture;
  const swap = clockwise === 90 || clockwise === 270;
  const data = new Uint8Array(picture.data.length);
  const chroma = { width: Math.ceil(width / 2), height: Math.ceil(height / 2) };
  let offset = 0;
  for (const plane of [{ width, height }, chroma, chroma]) {
    const size = plane.width * plane.height;
    turn(
      picture.data.subarray(offset, offset + size),
      data.subarray(offset, offset + size),
      plane.width,
      plane.height,
      clockwise,
      mirrored,
    );
    offset += size;
  }
  return { width: swap ? height : width, height: swap ? width : height, data };
}

/** Where the source's first pixel goes, and how far one step right and one step down lead. */
function turn(
  from: Uint8Array,
  to: Uint8Array,
  width: number,
  height: number,
  clockwise: Orientation['clockwise'],
  mirrored: boolean,
): void {
  const [first, step, down] = {
    0: [0, 1, width],
    90: [height - 1, height, -1],
    180: [width * height - 1, -1, -width],
    270: [(width - 1) * height, -height, 1],
  }[clockwise] as [number, number, number];
  const start = mirrored ? first + (width - 1) * step : first;
  const right = mirrored ? -step : step;
  let source = 0;
  for (let y = 0; y < height; y++) {
    let target = start + y * down;
    for (let x = 0; x < width; x++, target += right) to[target] = from[source++]!;
  }
}
