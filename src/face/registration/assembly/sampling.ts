// Reading pictures at fractional places. Pictures are 8-bit, one byte a pixel, rows tightly packed.
// Here x and y are sample indices: whole numbers are the centres of pixels.

/** Steps of the table of cubic weights in one pixel: its error stays below 0.0005 px. */
const PHASES: i32 = 1024;
/** (PHASES + 1) × 4 weights of the cubic convolution kernel with a = -1/2 (Keys 1981). */
const weights: usize = memory.data(1025 * 16, 16);

export function fillWeights(): void {
  for (let i = 0; i <= PHASES; i++) {
    const t = <f64>i / PHASES;
    const at = weights + (<usize>i << 4);
    store<f32>(at, <f32>(((-0.5 * t + 1) * t - 0.5) * t));
    store<f32>(at, <f32>((1.5 * t - 2.5) * t * t + 1), 4);
    store<f32>(at, <f32>(((-1.5 * t + 2) * t + 0.5) * t), 8);
    store<f32>(at, <f32>((0.5 * t - 0.5) * t * t), 12);
  }
}

// @ts-ignore: decorator
@inline
function fourPixels(at: usize): v128 {
  return f32x4.convert_i32x4_u(i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load_zero<u32>(at))));
}

// @ts-ignore: decorator
@inline
function clamp(value: i32, last: i32): i32 {
  return max(0, min(last, value));
}

/** Bicubic value at (x, y); outside the picture its edge goes on. */
// @ts-ignore: decorator
@inline
export function cubicAt(image: usize, width: i32, height: i32, x: f32, y: f32): f32 {
  const left = floor<f32>(x);
  const top = floor<f32>(y);
  const column = <i32>left;
  const row = <i32>top;
  const wx = v128.load(weights + (<usize>(<i32>((x - left) * <f32>PHASES + 0.5)) << 4));
  const wy = weights + (<usize>(<i32>((y - top) * <f32>PHASES + 0.5)) << 4);
  if (column >= 1 && row >= 1 && column < width - 2 && row < height - 2) {
    let at = image + <usize>((row - 1) * width + column - 1);
    let sum = f32x4.mul(fourPixels(at), v128.load32_splat(wy));
    at += width;
    sum = f32x4.add(sum, f32x4.mul(fourPixels(at), v128.load32_splat(wy, 4)));
    at += width;
    sum = f32x4.add(sum, f32x4.mul(fourPixels(at), v128.load32_splat(wy, 8)));
    at += width;
    sum = f32x4.mul(f32x4.add(sum, f32x4.mul(fourPixels(at), v128.load32_splat(wy, 12))), wx);
    return horizontal(sum);
  }
  return cubicAtEdge(image, width, height, column, row, wx, wy);
}

function cubicAtEdge(image: usize, width: i32, height: i32, column: i32, row: i32, wx: v128, wy: usize): f32 {
  let sum = f32x4.splat(0);
  for (let j = 0; j < 4; j++) {
    const line = image + <usize>(clamp(row - 1 + j, height - 1) * width);
    const four = f32x4(
      <f32>load<u8>(line + clamp(column - 1, width - 1)),
      <f32>load<u8>(line + clamp(column, width - 1)),
      <f32>load<u8>(line + clamp(column + 1, width - 1)),
      <f32>load<u8>(line + clamp(column + 2, width - 1)),
    );
    sum = f32x4.add(sum, f32x4.mul(four, f32x4.splat(load<f32>(wy + (<usize>j << 2)))));
  }
  return horizontal(f32x4.mul(sum, wx));
}

/** The sum of the four lanes. */
// @ts-ignore: decorator
@inline
export function horizontal(v: v128): f32 {
  const pairs = f32x4.add(v, v128.shuffle<f32>(v, v, 2, 3, 0, 1));
  return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
}
