import { readFileSync } from 'node:fs';
import { packageFile } from '../../common/package-file.js';
import { CROP_SIZE, type Similarity } from '../contract.js';
import type { Frame } from '../../ingest/contract.js';
import { KernelsError } from './kernels-error.js';

/** The part of WebAssembly in use: Node has it, @types/node 20 does not declare it. */
interface WebAssemblyLike {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
}

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  readonly heapBase: { readonly value: number };
  init(): void;
  resample(image: number, width: number, height: number, a: number, b: number, tx: number, ty: number, size: number, out: number): void;
  samplePoints(
    image: number,
    width: number,
    height: number,
    a: number,
    b: number,
    tx: number,
    ty: number,
    xs: number,
    ys: number,
    count: number,
    out: number,
  ): void;
  rgbCrop(
    y: number,
    u: number,
    v: number,
    width: number,
    height: number,
    a: number,
    b: number,
    tx: number,
    ty: number,
    size: number,
    out: number,
    scale: number,
    offset: number,
  ): void;
  halve(image: number, width: number, height: number, out: number): void;
  smooth(image: number, size: number, scratch: number, out: number): void;
  gradients(image: number, size: number, gx: number, gy: number): void;
  sharpnessSums(image: number, size: number, x0: number, y0: number, x1: number, y1: number, out: number): void;
  residuals(samples: number, template: number, stride: number, count: number, gain: number, bias: number, out: number): void;
  absoluteMedian(residual: number, prior: number, count: number): number;
  normalEquations(residual: number, template: number, stride: number, count: number, cut: number, out: number): void;
}

/** A level of the luma pyramid in the kernels' memory. */
interface Level {
  readonly at: number;
  readonly width: number;
  readonly height: number;
  readonly level: number;
}

const PIXELS = CROP_SIZE * CROP_SIZE;
/** Largest square RGB crop, the face detector's input. */
const RGB_SIZE = 256;
/** Arrays of a registration template, see {@link Kernels.loadTemplate}. */
export const TEMPLATE_ARRAYS = 8;
/** Maximum number of points of a template. */
export const TEMPLATE_POINTS = 16_384;

/*
 * Memory, from the heap's base; every block 16-byte aligned:
 *
 *   crop A | crop B | crop C | crop D | template (8 arrays) | samples | residuals | sums | RGB | luma pyramid, chroma (grows)
 *
 * Nothing in it outlives a call but the frame: what a face needs from frame to frame is kept outside and copied in (a few
 * microseconds), so that faces come and go without an allocator.
 */

/**
 * The inner loops of the face stage in WebAssembly SIMD: crops, smoothing, gradients, robust normal equations.
 *
 * There is one instance per thread; {@link Kernels.shared} creates it on first use. All calls are synchronous. Coordinates are
 * continuous: the centre of a picture's first pixel is (0.5, 0.5).
 */
export class Kernels {
  static #shared: Kernels | undefined;

  readonly #wasm: Exports;
  readonly #crops: readonly [number, number, number, number];
  readonly #template: number;
  readonly #samples: number;
  readonly #residuals: number;
  readonly #sums: number;
  readonly #rgb: number;
  readonly #frame: number;
  #levels: Level[] = [];
  #chroma: readonly [number, number] = [0, 0];
  #chromaData: Frame['data'] | undefined;
  #templateCount = 0;

  /** The thread's instance. Throws KernelsError where the WASM file is missing. */
  static shared(): Kernels {
    Kernels.#shared ??= new Kernels();
    return Kernels.#shared;
  }

  constructor() {
    this.#wasm = instantiate();
    this.#wasm.init();
    let next = align(this.#wasm.heapBase.value);
    const take = (bytes: number): number => {
      const at = next;
      next = align(next + bytes);
      return at;
    };
    this.#crops = [take(4 * PIXELS), take(4 * PIXELS), take(4 * PIXELS), take(4 * PIXELS)];
    this.#template = take(4 * TEMPLATE_ARRAYS * TEMPLATE_POINTS);
    this.#samples = take(4 * TEMPLATE_POINTS);
    this.#residuals = take(4 * TEMPLATE_POINTS);
    this.#sums = take(128);
    this.#rgb = take(4 * 3 * RGB_SIZE * RGB_SIZE);
    this.#frame = next;
    this.#reserve(next);
  }

  /** Sets the frame that the crops and samples below are read from. Copies its luma; chroma only when asked for. */
  setFrame(frame: Pick<Frame, 'width' | 'height' | 'data'>): void {
    const { width, height, data } = frame;
    const luma = width * height;
    const chroma = ((width + 1) >> 1) * ((height + 1) >> 1);
    if (data.length < luma + 2 * chroma)
      throw new RangeError(
        `a ${String(width)}x${String(height)} I420 frame has ${String(luma + 2 * chroma)} bytes, but this one has ${String(data.length)}`,
      );
    // Readers of four pixels at once may look 16 bytes past a plane.
    const u = align(this.#frame + luma + 16);
    const v = align(u + chroma + 16);
    const pyramid = align(v + chroma + 16);
    this.#reserve(pyramid + luma + 4096);
    this.#bytes(this.#frame, luma).set(data.subarray(0, luma));
    this.#chroma = [u, v];
    this.#chromaData = data;
    this.#levels = [{ at: this.#frame, width, height, level: 0 }];
  }

  /**
   * Square RGB crop of the frame for a neural net: planar float32 [3, size, size], value·scale + offset of 0..255, black outside.
   * The view is valid until the next call.
   * @param toFrame from crop pixels to frame pixels
   */
  rgbCrop(toFrame: Similarity, size: number, scale: number, offset: number): Float32Array {
    if (size > RGB_SIZE) throw new RangeError(`an RGB crop of ${String(size)} px exceeds the maximum of ${String(RGB_SIZE)} px`);
    const { at, width, height } = this.#level(0);
    const [u, v] = this.#chroma;
    if (this.#chromaData) {
      const chroma = ((width + 1) >> 1) * ((height + 1) >> 1);
      const luma = width * height;
      this.#bytes(u, chroma).set(this.#chromaData.subarray(luma, luma + chroma));
      this.#bytes(v, chroma).set(this.#chromaData.subarray(luma + chroma, luma + 2 * chroma));
      this.#chromaData = undefined;
    }
    this.#wasm.rgbCrop(at, u, v, width, height, toFrame.a, toFrame.b, toFrame.tx, toFrame.ty, size, this.#rgb, scale, offset);
    return this.#floats(this.#rgb, 3 * size * size);
  }

  /**
   * The reference crop of the frame's luma, bicubic, once from the original pixels: CROP_SIZE² float32 into `out`.
   * @param level of the pyramid to read: 0 is the frame, each next one half as large (see {@link levelFor})
   */
  resample(toFrame: Similarity, level: number, out: Float32Array): Float32Array {
    const picture = this.#level(level);
    const t = onLevel(toFrame, picture.level);
    const [at] = this.#crops;
    this.#wasm.resample(picture.at, picture.width, picture.height, t.a, t.b, t.tx, t.ty, CROP_SIZE, at);
    out.set(this.#floats(at, PIXELS));
    return out;
  }

  /** Binomial 3×3 smoothing of a crop, CROP_SIZE². `out` may be `crop`. */
  smooth(crop: Float32Array, out: Float32Array): Float32Array {
    const [a, b, c] = this.#crops;
    this.#floats(a, PIXELS).set(crop);
    this.#wasm.smooth(a, CROP_SIZE, b, c);
    out.set(this.#floats(c, PIXELS));
    return out;
  }

  /** Central differences of a crop in grey levels a pixel, CROP_SIZE² each; `smoothing` times 3×3 binomial smoothing first. */
  gradients(crop: Float32Array, smoothing: number, gx: Float32Array, gy: Float32Array): void {
    const [a, b, c, d] = this.#crops;
    this.#floats(a, PIXELS).set(crop);
    for (let i = 0; i < smoothing; i++) this.#wasm.smooth(a, CROP_SIZE, b, a);
    this.#wasm.gradients(a, CROP_SIZE, c, d);
    gx.set(this.#floats(c, PIXELS));
    gy.set(this.#floats(d, PIXELS));
  }

  /**
   * Mean, variance, and variance of the Laplacian of a crop's window [x0, x1) × [y0, y1); x1 − x0 a multiple of 4, a pixel off the edge.
   */
  sharpness(crop: Float32Array, x0: number, y0: number, x1: number, y1: number): { mean: number; variance: number; laplacian: number } {
    const [a] = this.#crops;
    this.#floats(a, PIXELS).set(crop);
    this.#wasm.sharpnessSums(a, CROP_SIZE, x0, y0, x1, y1, this.#sums);
    const n = (x1 - x0) * (y1 - y0);
    const [sum = 0, squares = 0, laplacians = 0, energy = 0] = this.#floats(this.#sums, 4);
    const mean = sum / n;
    return { mean, variance: Math.max(0, squares / n - mean * mean), laplacian: Math.max(0, energy / n - (laplacians / n) ** 2) };
  }

  /**
   * Makes `template` the one that {@link normalEquations} works with: TEMPLATE_ARRAYS arrays of `count` float32 each, one behind
   * the other: x, y (crop pixels), value, derivatives by scale, rotation, x, y, prior weight. `count` is a multiple of 4.
   */
  loadTemplate(template: Float32Array, count: number): void {
    if (count > TEMPLATE_POINTS || count % 4 !== 0)
      throw new RangeError(`a template of ${String(count)} points is not valid: use a multiple of 4, at most ${String(TEMPLATE_POINTS)}`);
    this.#floats(this.#template, TEMPLATE_ARRAYS * count).set(template.subarray(0, TEMPLATE_ARRAYS * count));
    this.#templateCount = count;
  }

  /** Reads the frame at the template's points (bicubic). */
  samplePoints(toFrame: Similarity, level: number): void {
    const picture = this.#level(level);
    const t = onLevel(toFrame, picture.level);
    this.#wasm.samplePoints(
      picture.at,
      picture.width,
      picture.height,
      t.a,
      t.b,
      t.tx,
      t.ty,
      this.#template,
      this.#template + 4 * this.#templateCount,
      this.#templateCount,
      this.#samples,
    );
  }

  /** sample − gain·value − bias at the template's points; returns the median of its magnitude over points that have a prior weight. */
  residuals(gain: number, bias: number): number {
    const stride = 4 * this.#templateCount;
    this.#wasm.residuals(this.#samples, this.#template, stride, this.#templateCount, gain, bias, this.#residuals);
    return this.#wasm.absoluteMedian(this.#residuals, this.#template + 7 * stride, this.#templateCount);
  }

  /**
   * Robust normal equations of the residuals: upper triangle (21) of the matrix over scale, rotation, x, y, gain, bias; right-hand
   * side (6); Σ weight; Σ weight·residual². Weights are Cauchy's, 1/(1 + (residual/cut)²); `cut` in grey levels. The view is valid until
   * the next call.
   */
  normalEquations(cut: number): Float32Array {
    this.#wasm.normalEquations(this.#residuals, this.#template, 4 * this.#templateCount, this.#templateCount, cut, this.#sums);
    return this.#floats(this.#sums, 29);
  }

  /** The wanted level of the pyramid, or the last one that a small frame has. */
  #level(wanted: number): Level {
    while (this.#levels.length <= wanted) {
      const last = this.#levels.at(-1);
      if (!last) throw new Error('no frame to read: call setFrame first');
      if (last.width < 4 || last.height < 4) return last;
      const at =
        this.#levels.length === 1
          ? align(this.#chroma[1] + ((last.width + 1) >> 1) * ((last.height + 1) >> 1) + 16)
          : align(last.at + last.width * last.height + 16);
      this.#wasm.halve(last.at, last.width, last.height, at);
      this.#levels.push({ at, width: last.width >> 1, height: last.height >> 1, level: last.level + 1 });
    }
    return this.#levels[wanted] as Level;
  }

  #reserve(bytes: number): void {
    const missing = bytes - this.#wasm.memory.buffer.byteLength;
    if (missing > 0) this.#wasm.memory.grow(Math.ceil(missing / 65_536));
  }

  #floats(at: number, count: number): Float32Array {
    return new Float32Array(this.#wasm.memory.buffer, at, count);
  }

  #bytes(at: number, count: number): Uint8Array {
    return new Uint8Array(this.#wasm.memory.buffer, at, count);
  }
}

/** The pyramid's level to read a crop from, so that no more than 1.5 pixels fall into one of the crop (aliasing otherwise). */
export function levelFor(scale: number): number {
  let level = 0;
  for (let rest = scale; rest > 1.5 && level < 4; rest /= 2) level++;
  return level;
}

function onLevel(t: Similarity, level: number): Similarity {
  const f = 1 / 2 ** level;
  return level === 0 ? t : { a: t.a * f, b: t.b * f, tx: t.tx * f, ty: t.ty * f };
}

function align(address: number): number {
  return (address + 15) & ~15;
}

function instantiate(): Exports {
  const path = packageFile('dist/src/face/registration/kernels.wasm');
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    throw new KernelsError(`${path} is missing; run npm run build:wasm`, { cause });
  }
  const { Module, Instance } = (globalThis as unknown as { readonly WebAssembly: WebAssemblyLike }).WebAssembly;
  const imports = {
    env: {
      abort: () => {
        throw new Error('the registration kernels aborted');
      },
    },
  };
  return new Instance(new Module(bytes), imports).exports as Exports;
}
