// Reading pictures at fractional places. Pictures are 8-bit, one byte a pixel, rows tightly packed.
// Here x and y are sample indices: whole numbers are the centres of pixels.

/** Steps of the table of cubic weights in one pixel: its error stays below 0.0005 px. */
const BITS: i32 = 10;
const PHASES: i32 = 1 << BITS;
/** PHASES × 4 weights of the cubic convolution kernel with a = -1/2 (Keys 1981). */
const weights: usize = memory.data(1024 * 16, 16);

export function fillWeights(): void {
  for (let i = 0; i < PHASES; i++) {
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

/**
 * Bicubic values at four places, x and y in 1/1024 pixels (lanes). `isInside` promises that all have their 4×4 neighbours;
 * elsewhere the picture's edge goes on.
 */
// @ts-ignore: decorator
@inline
export function fourCubics(image: usize, width: i32, height: i32, x: v128, y: v128, isInside: bool): v128 {
  const s0 = columns(image, width, height, i32x4.extract_lane(x, 0), i32x4.extract_lane(y, 0), isInside);
  const s1 = columns(image, width, height, i32x4.extract_lane(x, 1), i32x4.extract_lane(y, 1), isInside);
  const s2 = columns(image, width, height, i32x4.extract_lane(x, 2), i32x4.extract_lane(y, 2), isInside);
  const s3 = columns(image, width, height, i32x4.extract_lane(x, 3), i32x4.extract_lane(y, 3), isInside);
  // Four sums of four lanes at once.
  const low = f32x4.add(v128.shuffle<f32>(s0, s1, 0, 1, 4, 5), v128.shuffle<f32>(s0, s1, 2, 3, 6, 7));
  const high = f32x4.add(v128.shuffle<f32>(s2, s3, 0, 1, 4, 5), v128.shuffle<f32>(s2, s3, 2, 3, 6, 7));
  return f32x4.add(v128.shuffle<f32>(low, high, 0, 2, 4, 6), v128.shuffle<f32>(low, high, 1, 3, 5, 7));
}

/** Four positions in 1/1024 pixels, rounded. */
// @ts-ignore: decorator
@inline
export function toPhases(position: v128): v128 {
  return i32x4.trunc_sat_f32x4_s(f32x4.floor(f32x4.add(f32x4.mul(position, f32x4.splat(<f32>PHASES)), f32x4.splat(0.5))));
}

/** The four columns' weighted sums over their four rows, weighted: their sum is the value. */
// @ts-ignore: decorator
@inline
function columns(image: usize, width: i32, height: i32, x: i32, y: i32, isInside: bool): v128 {
  const column = x >> BITS;
  const row = y >> BITS;
  const wx = v128.load(weights + (<usize>(x & (PHASES - 1)) << 4));
  const wy = weights + (<usize>(y & (PHASES - 1)) << 4);
  if (isInside || (column >= 1 && row >= 1 && column < width - 2 && row < height - 2)) {
    const first = image + <usize>((row - 1) * width + column - 1);
    const second = first + width;
    const third = second + width;
    const fourth = third + width;
    const upper = f32x4.add(f32x4.mul(fourPixels(first), v128.load32_splat(wy)), f32x4.mul(fourPixels(second), v128.load32_splat(wy, 4)));
    const lower = f32x4.add(f32x4.mul(fourPixels(third), v128.load32_splat(wy, 8)), f32x4.mul(fourPixels(fourth), v128.load32_splat(wy, 12)));
    return f32x4.mul(f32x4.add(upper, lower), wx);
  }
  return columnsAtEdge(image, width, height, column, row, wx, wy);
}

function columnsAtEdge(image: usize, width: i32, height: i32, column: i32, row: i32, wx: v128, wy: usize): v128 {
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
  return f32x4.mul(sum, wx);
}

/** The sum of the four lanes. */
// @ts-ignore: decorator
@inline
export function horizontal(v: v128): f32 {
  const pairs = f32x4.add(v, v128.shuffle<f32>(v, v, 2, 3, 0, 1));
  return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
}
