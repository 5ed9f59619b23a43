import { cubicAt } from './sampling';

// Transforms take continuous coordinates (the centre of the first pixel is (0.5, 0.5)) of a crop to those of the picture:
// x' = a·x − b·y + tx, y' = b·x + a·y + ty.

/** Bicubic resampling of a picture into `size`×`size` float32. */
export function resample(image: usize, width: i32, height: i32, a: f32, b: f32, tx: f32, ty: f32, size: i32, out: usize): void {
  let to = out;
  for (let j = 0; j < size; j++) {
    const v = <f32>j + 0.5;
    let x: f32 = a * 0.5 - b * v + tx - 0.5;
    let y: f32 = b * 0.5 + a * v + ty - 0.5;
    // Positions are computed, not summed up: sums of float32 drift by hundredths of a pixel over a row.
    const x0 = x;
    const y0 = y;
    for (let i = 0; i < size; i++) {
      x = x0 + a * <f32>i;
      y = y0 + b * <f32>i;
      store<f32>(to, cubicAt(image, width, height, x, y));
      to += 4;
    }
  }
}

/** Bicubic values at `count` crop points (float32 arrays of continuous x and y). */
export function samplePoints(image: usize, width: i32, height: i32, a: f32, b: f32, tx: f32, ty: f32, xs: usize, ys: usize, count: i32, out: usize): void {
  for (let i = 0; i < count; i++) {
    const at = <usize>i << 2;
    const u = load<f32>(xs + at);
    const v = load<f32>(ys + at);
    store<f32>(out + at, cubicAt(image, width, height, a * u - b * v + tx - 0.5, b * u + a * v + ty - 0.5));
  }
}

/**
 * A square crop of an I420 picture as planar RGB float32, each channel value·scale + offset; black outside the picture.
 * Luma is bilinear, chroma (which has half the resolution) the nearest sample; BT.601, limited range.
 */
export function rgbCrop(yPlane: usize, uPlane: usize, vPlane: usize, width: i32, height: i32, a: f32, b: f32, tx: f32, ty: f32, size: i32, out: usize, scale: f32, offset: f32): void {
  const plane = <usize>(size * size) << 2;
  const chromaWidth = (width + 1) >> 1;
  const lastX = <f32>(width - 1);
  const lastY = <f32>(height - 1);
  let to = out;
  for (let j = 0; j < size; j++) {
    const v = <f32>j + 0.5;
    const x0: f32 = a * 0.5 - b * v + tx - 0.5;
    const y0: f32 = b * 0.5 + a * v + ty - 0.5;
    for (let i = 0; i < size; i++) {
      const x = x0 + a * <f32>i;
      const y = y0 + b * <f32>i;
      let r: f32 = 0;
      let g: f32 = 0;
      let bl: f32 = 0;
      if (x > -0.5 && y > -0.5 && x < lastX + 0.5 && y < lastY + 0.5) {
        const cx = max<f32>(0, min<f32>(x, lastX));
        const cy = max<f32>(0, min<f32>(y, lastY));
        const column = <i32>cx;
        const row = <i32>cy;
        const fx = cx - <f32>column;
        const fy = cy - <f32>row;
        const at = yPlane + <usize>(row * width + column);
        const right: usize = column < width - 1 ? 1 : 0;
        const below: usize = row < height - 1 ? width : 0;
        const p00 = <f32>load<u8>(at);
        const p01 = <f32>load<u8>(at + right);
        const p10 = <f32>load<u8>(at + below);
        const p11 = <f32>load<u8>(at + below + right);
        const top = p00 + fx * (p01 - p00);
        const bottom = p10 + fx * (p11 - p10);
        const luma: f32 = (top + fy * (bottom - top) - 16) * 1.164;
        const chroma = <usize>(((<i32>(cy + 0.5)) >> 1) * chromaWidth + ((<i32>(cx + 0.5)) >> 1));
        const u = <f32>load<u8>(uPlane + chroma) - 128;
        const w = <f32>load<u8>(vPlane + chroma) - 128;
        r = max<f32>(0, min<f32>(255, luma + 1.596 * w));
        g = max<f32>(0, min<f32>(255, luma - 0.392 * u - 0.813 * w));
        bl = max<f32>(0, min<f32>(255, luma + 2.017 * u));
      }
      store<f32>(to, r * scale + offset);
      store<f32>(to + plane, g * scale + offset);
      store<f32>(to + 2 * plane, bl * scale + offset);
      to += 4;
    }
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
