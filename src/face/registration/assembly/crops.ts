import { fourCubics, toPhases } from './sampling';

// Transforms take continuous coordinates (the centre of the first pixel is (0.5, 0.5)) of a crop to those of the picture:
// x' = a·x − b·y + tx, y' = b·x + a·y + ty.

/** Whether the crop's corners, and so all of it, lie at least `margin` pixels inside the picture. */
function isInside(width: i32, height: i32, a: f32, b: f32, tx: f32, ty: f32, size: i32, margin: f32): bool {
  const n = <f32>size;
  const left = tx + min<f32>(0, a * n) + min<f32>(0, -b * n);
  const right = tx + max<f32>(0, a * n) + max<f32>(0, -b * n);
  const top = ty + min<f32>(0, b * n) + min<f32>(0, a * n);
  const bottom = ty + max<f32>(0, b * n) + max<f32>(0, a * n);
  return left > margin && top > margin && right < <f32>width - margin && bottom < <f32>height - margin;
}

/** Bicubic resampling of a picture into `size`×`size` float32; `size` is a multiple of 4. */
export function resample(image: usize, width: i32, height: i32, a: f32, b: f32, tx: f32, ty: f32, size: i32, out: usize): void {
  if (isInside(width, height, a, b, tx, ty, size, 3)) resampleRows(image, width, height, a, b, tx, ty, size, out, true);
  else resampleRows(image, width, height, a, b, tx, ty, size, out, false);
}

// @ts-ignore: decorator
@inline
function resampleRows(image: usize, width: i32, height: i32, a: f32, b: f32, tx: f32, ty: f32, size: i32, out: usize, inside: bool): void {
  let to = out;
  const stepX = f32x4.splat(a);
  const stepY = f32x4.splat(b);
  for (let j = 0; j < size; j++) {
    const v = <f32>j + 0.5;
    const x0 = f32x4.splat(a * 0.5 - b * v + tx - 0.5);
    const y0 = f32x4.splat(b * 0.5 + a * v + ty - 0.5);
    let column = f32x4(0, 1, 2, 3);
    for (let i = 0; i < size; i += 4) {
      // Positions are computed, not summed up: sums of float32 drift by hundredths of a pixel over a row.
      const x = toPhases(f32x4.add(x0, f32x4.mul(stepX, column)));
      const y = toPhases(f32x4.add(y0, f32x4.mul(stepY, column)));
      v128.store(to, fourCubics(image, width, height, x, y, inside));
      column = f32x4.add(column, f32x4.splat(4));
      to += 16;
    }
  }
}

/** Bicubic values at `count` crop points (float32 arrays of continuous x and y); `count` is a multiple of 4. */
export function samplePoints(image: usize, width: i32, height: i32, a: f32, b: f32, tx: f32, ty: f32, xs: usize, ys: usize, count: i32, out: usize): void {
  const a4 = f32x4.splat(a);
  const b4 = f32x4.splat(b);
  const x0 = f32x4.splat(tx - 0.5);
  const y0 = f32x4.splat(ty - 0.5);
  for (let at: usize = 0; at < <usize>count << 2; at += 16) {
    const u = v128.load(xs + at);
    const v = v128.load(ys + at);
    const x = toPhases(f32x4.add(f32x4.sub(f32x4.mul(a4, u), f32x4.mul(b4, v)), x0));
    const y = toPhases(f32x4.add(f32x4.add(f32x4.mul(b4, u), f32x4.mul(a4, v)), y0));
    v128.store(out + at, fourCubics(image, width, height, x, y, false));
  }
}

/** One row of luma (8 fraction bits) and chroma, before they become colours. */
const row: usize = memory.data(3 * 256 * 4, 16);
const ROW: usize = 256 * 4;

/**
 * A square crop of an I420 picture as planar RGB float32, each channel value·scale + offset; black outside the picture.
 * Luma is bilinear, chroma (which has half the resolution) the nearest sample; BT.601, limited range. `size` is a multiple of 4, at most
 * 256.
 */
export function rgbCrop(yPlane: usize, uPlane: usize, vPlane: usize, width: i32, height: i32, a: f32, b: f32, tx: f32, ty: f32, size: i32, out: usize, scale: f32, offset: f32): void {
  const plane = <usize>(size * size) << 2;
  const inside = isInside(width, height, a, b, tx, ty, size, 2);
  for (let j = 0; j < size; j++) {
    const v = <f32>j + 0.5;
    const x0: f32 = a * 0.5 - b * v + tx - 0.5;
    const y0: f32 = b * 0.5 + a * v + ty - 0.5;
    if (inside) readInside(yPlane, uPlane, vPlane, width, x0, y0, a, b, size);
    else readAnywhere(yPlane, uPlane, vPlane, width, height, x0, y0, a, b, size);
    colourRow(out + (<usize>(j * size) << 2), plane, size, scale, offset);
  }
}

/** Fills `row` where every pixel has its neighbours. Positions have 16 fraction bits. */
// @ts-ignore: decorator
@inline
function readInside(yPlane: usize, uPlane: usize, vPlane: usize, width: i32, x0: f32, y0: f32, a: f32, b: f32, size: i32): void {
  const chromaWidth = (width + 1) >> 1;
  let x = <i32>(x0 * 65536);
  let y = <i32>(y0 * 65536);
  const stepX = <i32>(a * 65536);
  const stepY = <i32>(b * 65536);
  for (let to = row, end = row + (<usize>size << 2); to < end; to += 4) {
    const at = yPlane + <usize>((y >> 16) * width + (x >> 16));
    const upper = <u32>load<u16>(at);
    const lower = <u32>load<u16>(at + width);
    const fx = <u32>(x >> 8) & 255;
    const fy = <u32>(y >> 8) & 255;
    const top = (upper & 255) * (256 - fx) + (upper >> 8) * fx;
    const bottom = (lower & 255) * (256 - fx) + (lower >> 8) * fx;
    store<u32>(to, (top * (256 - fy) + bottom * fy) >> 8);
    const chroma = <usize>(((y + 32768) >> 17) * chromaWidth + ((x + 32768) >> 17));
    store<u32>(to, <u32>load<u8>(uPlane + chroma), ROW);
    store<u32>(to, <u32>load<u8>(vPlane + chroma), 2 * ROW);
    x += stepX;
    y += stepY;
  }
}

/** Fills `row` with black outside the picture. */
function readAnywhere(yPlane: usize, uPlane: usize, vPlane: usize, width: i32, height: i32, x0: f32, y0: f32, a: f32, b: f32, size: i32): void {
  const chromaWidth = (width + 1) >> 1;
  const lastX = <f32>(width - 1);
  const lastY = <f32>(height - 1);
  for (let i = 0; i < size; i++) {
    const to = row + (<usize>i << 2);
    const x = x0 + a * <f32>i;
    const y = y0 + b * <f32>i;
    if (!(x > -0.5 && y > -0.5 && x < lastX + 0.5 && y < lastY + 0.5)) {
      store<u32>(to, 16 << 8);
      store<u32>(to, 128, ROW);
      store<u32>(to, 128, 2 * ROW);
      continue;
    }
    const cx = max<f32>(0, min<f32>(x, lastX));
    const cy = max<f32>(0, min<f32>(y, lastY));
    const column = <i32>cx;
    const line = <i32>cy;
    const fx = cx - <f32>column;
    const fy = cy - <f32>line;
    const at = yPlane + <usize>(line * width + column);
    const right: usize = column < width - 1 ? 1 : 0;
    const below: usize = line < height - 1 ? width : 0;
    const p00 = <f32>load<u8>(at);
    const p10 = <f32>load<u8>(at + below);
    const top = p00 + fx * (<f32>load<u8>(at + right) - p00);
    const bottom = p10 + fx * (<f32>load<u8>(at + below + right) - p10);
    store<u32>(to, <u32>((top + fy * (bottom - top)) * 256));
    const chroma = <usize>((<i32>(cy + 0.5) >> 1) * chromaWidth + (<i32>(cx + 0.5) >> 1));
    store<u32>(to, <u32>load<u8>(uPlane + chroma), ROW);
    store<u32>(to, <u32>load<u8>(vPlane + chroma), 2 * ROW);
  }
}

/** `row` as three channels. */
// @ts-ignore: decorator
@inline
function colourRow(out: usize, plane: usize, size: i32, scale: f32, offset: f32): void {
  const zero = f32x4.splat(0);
  const white = f32x4.splat(255);
  const s = f32x4.splat(scale);
  const o = f32x4.splat(offset);
  for (let at: usize = 0; at < <usize>size << 2; at += 16) {
    const luma = f32x4.mul(f32x4.sub(f32x4.convert_i32x4_s(v128.load(row + at)), f32x4.splat(4096)), f32x4.splat(1.164 / 256));
    const u = f32x4.sub(f32x4.convert_i32x4_s(v128.load(row + at, ROW)), f32x4.splat(128));
    const v = f32x4.sub(f32x4.convert_i32x4_s(v128.load(row + at, 2 * ROW)), f32x4.splat(128));
    const red = f32x4.add(luma, f32x4.mul(v, f32x4.splat(1.596)));
    const green = f32x4.sub(luma, f32x4.add(f32x4.mul(u, f32x4.splat(0.392)), f32x4.mul(v, f32x4.splat(0.813))));
    const blue = f32x4.add(luma, f32x4.mul(u, f32x4.splat(2.017)));
    v128.store(out + at, f32x4.add(f32x4.mul(f32x4.max(zero, f32x4.min(white, red)), s), o));
    v128.store(out + plane + at, f32x4.add(f32x4.mul(f32x4.max(zero, f32x4.min(white, green)), s), o));
    v128.store(out + 2 * plane + at, f32x4.add(f32x4.mul(f32x4.max(zero, f32x4.min(white, blue)), s), o));
  }
}

/** The picture at half its size, each pixel the mean of 2×2; an odd last row or column is left out. */
export function halve(image: usize, width: i32, height: i32, out: usize): void {
  const w = width >> 1;
  const h = height >> 1;
  for (let j = 0; j < h; j++) {
    let upper = image + <usize>(2 * j * width);
    let lower = upper + width;
    let to = out + <usize>(j * w);
    let i = 0;
    for (; i + 8 <= w; i += 8) {
      const sums = i16x8.add(i16x8.extadd_pairwise_i8x16_u(v128.load(upper)), i16x8.extadd_pairwise_i8x16_u(v128.load(lower)));
      const means = i16x8.shr_u(i16x8.add(sums, i16x8.splat(2)), 2);
      v128.store64_lane(to, i8x16.narrow_i16x8_u(means, means), 0);
      upper += 16;
      lower += 16;
      to += 8;
    }
    for (; i < w; i++) {
      const sum = <u32>load<u8>(upper) + <u32>load<u8>(upper, 1) + <u32>load<u8>(lower) + <u32>load<u8>(lower, 1);
      store<u8>(to, <u8>((sum + 2) >> 2));
      upper += 2;
      lower += 2;
      to += 1;
    }
  }
}
