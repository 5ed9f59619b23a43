import { INPUT_PIXELS, INPUT_SIZE, type CropLuma, type FlowEstimate } from './flow-messages.js';

/** px by which a device's flow may differ from the CPU's: reduced-precision convolutions do, broken drivers do more. */
export const AGREEMENT = 0.02;

/** A pair with structure everywhere: smooth waves, the apex half a pixel further. */
export function probe(): CropLuma {
  const onset = new Float32Array(INPUT_PIXELS);
  const apex = new Float32Array(INPUT_PIXELS);
  const wave = (x: number, y: number): number => 128 + 50 * Math.sin(x / 5 + y / 11) + 40 * Math.cos(y / 4 - x / 17);
  for (let i = 0; i < INPUT_PIXELS; i++) {
    const x = i % INPUT_SIZE;
    const y = Math.floor(i / INPUT_SIZE);
    onset[i] = wave(x, y);
    apex[i] = wave(x - 0.5, y);
  }
  return { onset, apex };
}

/** Largest difference of two estimates in px; NaN where one holds what is no number. */
export function apart(a: FlowEstimate, b: FlowEstimate): number {
  let worst = 0;
  for (const field of ['facial', 'head'] as const) {
    for (let i = 0; i < 2 * INPUT_PIXELS; i++) {
      const difference = Math.abs((a[field][i] ?? NaN) - (b[field][i] ?? NaN));
      if (Number.isNaN(difference)) return NaN;
      worst = Math.max(worst, difference);
    }
  }
  return worst;
}
