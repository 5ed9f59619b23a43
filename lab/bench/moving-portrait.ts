import { packageFile } from '../../src/common/package-file.js';
import type { Similarity } from '../../src/face/contract.js';
import { compose, invert } from '../../src/common/similarity.js';
import type { Frame } from '../../src/ingest/contract.js';

/** A still portrait that is moved by known amounts: what benchmarks and tests of registration measure against. */
export interface MovingPortrait {
  /** Edge of the square portrait, pixels. */
  readonly size: number;
  /** Outer eye corners' distance, portrait pixels. */
  readonly eyeDistance: number;
  /** Luma, 16..235, smoothed for being shown at `scale` of its size. */
  readonly luma: Float32Array;
  readonly scale: number;
}

/** A computer-generated portrait, CC0. */
const PORTRAIT = packageFile('lab/assets/sample-portrait.jpg');
const EYES = 171;
const NO_MOVE = [0, 0] as const;

/**
 * Loads the portrait to be shown with `eyeDistance` pixels between the outer eye corners. It is smoothed before, so that making it
 * smaller leaves no aliasing, and moving it by parts of a pixel is exact to a thousandth.
 * @param blur standard deviation of more smoothing, portrait pixels
 */
export async function loadPortrait(eyeDistance: number, path = PORTRAIT, blur = 0): Promise<MovingPortrait> {
  // Only here: every vision thread loads this module's neighbours, none needs an image library.
  const { default: sharp } = await import('sharp');
  const scale = eyeDistance / EYES;
  const sigma = Math.max(0.4, 0.5 / scale, blur);
  const { data, info } = await sharp(path).greyscale().blur(sigma).raw({ depth: 'float' }).toBuffer({ resolveWithObject: true });
  const raw = new Float32Array(data.buffer, data.byteOffset, info.width * info.height * info.channels);
  const luma = Float32Array.from({ length: info.width * info.height }, (_, i) => 16 + (raw[i * info.channels] ?? 0) * (219 / 255));
  return { size: info.width, eyeDistance: EYES, luma, scale };
}

/** A picture to paint portraits into. */
export class Canvas {
  readonly #luma: Float32Array;
  readonly width: number;
  readonly height: number;

  constructor(width: number, height: number, grey = 120) {
    this.width = width;
    this.height = height;
    this.#luma = new Float32Array(width * height).fill(grey);
  }

  /**
   * Paints the portrait; `move` takes the portrait at its shown size, its centre at the origin, to canvas pixels. `displace` says
   * where the skin that is seen at a canvas pixel came from, relative to it, as an expression would move it.
   */
  paint(portrait: MovingPortrait, move: Similarity, displace?: (x: number, y: number) => readonly [number, number]): this {
    const { size, scale, luma } = portrait;
    const back = invert(compose(move, { a: scale, b: 0, tx: (-scale * size) / 2, ty: (-scale * size) / 2 }));
    for (let j = 0; j < this.height; j++)
      for (let i = 0; i < this.width; i++) {
        const [dx, dy] = displace ? displace(i + 0.5, j + 0.5) : NO_MOVE;
        const x = back.a * (i + 0.5 + dx) - back.b * (j + 0.5 + dy) + back.tx - 0.5;
        const y = back.b * (i + 0.5 + dx) + back.a * (j + 0.5 + dy) + back.ty - 0.5;
        if (x >= 1 && y >= 1 && x < size - 2 && y < size - 2) this.#luma[j * this.width + i] = cubic(luma, size, x, y);
      }
    return this;
  }

  /** The picture with `noise` (standard deviation, grey levels) and `light` times as bright, rounded to 8 bits. */
  frame(
    index: number,
    t: number,
    options: { readonly noise?: number; readonly light?: number; readonly random?: () => number } = {},
  ): Frame {
    const { width, height } = this;
    const chroma = ((width + 1) >> 1) * ((height + 1) >> 1);
    const data = new Uint8Array(width * height + 2 * chroma).fill(128);
    const { noise = 0, light = 1, random = Math.random } = options;
    for (let i = 0; i < width * height; i++) {
      const value = this.#luma[i]! * light + (noise > 0 ? noise * normal(random) : 0);
      data[i] = Math.max(0, Math.min(255, Math.round(value)));
    }
    return { index, t, width, height, data, receivedAt: 0, decodeMs: 0 };
  }
}

/** A standard normal number (Box and Muller). */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Bicubic value (Keys, a = -1/2) in float64: the yardstick of the kernels. */
export function cubic(image: Float32Array, width: number, x: number, y: number): number {
  const column = Math.floor(x);
  const row = Math.floor(y);
  const wx = cubicWeights(x - column);
  const wy = cubicWeights(y - row);
  let sum = 0;
  for (let j = 0; j < 4; j++) {
    let line = 0;
    for (let i = 0; i < 4; i++) line += wx[i]! * image[(row + j - 1) * width + column + i - 1]!;
    sum += wy[j]! * line;
  }
  return sum;
}

function cubicWeights(t: number): readonly number[] {
  return [((-0.5 * t + 1) * t - 0.5) * t, (1.5 * t - 2.5) * t * t + 1, ((-1.5 * t + 2) * t + 0.5) * t, (0.5 * t - 0.5) * t * t];
}
