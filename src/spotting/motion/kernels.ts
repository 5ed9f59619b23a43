import { readFileSync } from 'node:fs';
import { packageFile } from '../../common/package-file.js';
import { CROP_SIZE } from '../../face/contract.js';

/** What is used of WebAssembly, which Node has though @types/node 20 does not say so. */
interface WebAssemblyLike {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
}

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  readonly heapBase: { readonly value: number };
  smoothBox(image: number, size: number, scratch: number, out: number, left: number, top: number, right: number, bottom: number): void;
  templateSums(
    at: number,
    stride: number,
    ax: number,
    ay: number,
    template: number,
    width: number,
    height: number,
    halfWidth: number,
    halfHeight: number,
    bias: number,
    alongX: number,
    alongY: number,
    gain: number,
    inverseScale: number,
    out: number,
  ): void;
}

/** Sums that {@link MotionKernels.sum} gives. */
const SUMS = 12;
const PIXELS = CROP_SIZE * CROP_SIZE;
/** Bytes beyond an array that readers of four values at once may touch. */
const SLACK = 64;
const PAGE = 65_536;

let compiled: object | undefined;

/**
 * The inner loops of one meter in WebAssembly SIMD, and the memory that they work on: the crop, its smoothed form, and templates,
 * which are taken once when the meter is made.
 */
export class MotionKernels {
  /** The crop as it is written in, and its smoothed form; row-major CROP_SIZE². */
  readonly crop: Float32Array;
  readonly smoothed: Float32Array;
  readonly sums: Float32Array;
  readonly #wasm: Exports;
  readonly #scratch: number;
  #next: number;

  /** @param values float32 values that {@link allocate} will be asked for, in all, and in how many pieces */
  constructor(values: number, pieces: number) {
    this.#wasm = instantiate();
    this.#next = align(this.#wasm.heapBase.value);
    const bytes = this.#next + 4 * (3 * PIXELS + SUMS + values) + (SLACK + 16) * (4 + pieces);
    const missing = bytes - this.#wasm.memory.buffer.byteLength;
    if (missing > 0) this.#wasm.memory.grow(Math.ceil(missing / PAGE));
    this.crop = this.allocate(PIXELS);
    this.smoothed = this.allocate(PIXELS);
    this.#scratch = this.allocate(PIXELS).byteOffset;
    this.sums = this.allocate(SUMS);
  }

  /** Values that stay where they are for good. */
  allocate(length: number): Float32Array {
    const view = new Float32Array(this.#wasm.memory.buffer, this.#next, length);
    this.#next = align(this.#next + 4 * length + SLACK);
    return view;
  }

  /** Smooths {@link crop} within a box that lies 2 px inside it; its width is a multiple of 4. */
  smooth(left: number, top: number, right: number, bottom: number): void {
    this.#wasm.smoothBox(this.crop.byteOffset, CROP_SIZE, this.#scratch, this.smoothed.byteOffset, left, top, right, bottom);
  }

  /** One pass over a template, laid on the smoothed crop at pixel (x, y) + (ax, ay); see template-sums.ts. Gives {@link sums}. */
  sum(
    x: number,
    y: number,
    ax: number,
    ay: number,
    template: Float32Array,
    width: number,
    height: number,
    halfWidth: number,
    halfHeight: number,
    light: Float64Array,
    inverseScale: number,
  ): Float32Array {
    this.#wasm.templateSums(
      this.smoothed.byteOffset + 4 * (y * CROP_SIZE + x),
      4 * CROP_SIZE,
      ax,
      ay,
      template.byteOffset,
      width,
      height,
      halfWidth,
      halfHeight,
      light[0]!,
      light[1]!,
      light[2]!,
      light[3]!,
      inverseScale,
      this.sums.byteOffset,
    );
    return this.sums;
  }
}

function align(address: number): number {
  return (address + 15) & ~15;
}

function instantiate(): Exports {
  const { Module, Instance } = (globalThis as unknown as { readonly WebAssembly: WebAssemblyLike }).WebAssembly;
  compiled ??= new Module(readKernels());
  const imports = {
    env: {
      abort: () => {
        throw new Error('kernel aborted');
      },
    },
  };
  return new Instance(compiled, imports).exports as Exports;
}

function readKernels(): Buffer {
  const path = packageFile('dist/src/spotting/motion/kernels.wasm');
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new Error(`${path} is missing; run npm run build:wasm`, { cause });
  }
}
