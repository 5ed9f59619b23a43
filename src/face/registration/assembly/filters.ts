import { horizontal } from './sampling';

/** Binomial smoothing (1 2 1)/4 in both directions of a `size`×`size` float32 picture; edges go on. `scratch` is of the same size. */
export function smooth(image: usize, size: i32, scratch: usize, out: usize): void {
  const half = f32x4.splat(0.5);
  const quarter = f32x4.splat(0.25);
  const stride = <usize>size << 2;
  for (let j = 0; j < size; j++) {
    const row = image + <usize>j * stride;
    const to = scratch + <usize>j * stride;
    store<f32>(to, load<f32>(row) * 0.75 + load<f32>(row, 4) * 0.25);
    let i = 1;
    for (; i + 4 < size; i += 4) {
      const at = row + (<usize>i << 2);
      const sides = f32x4.add(v128.load(at - 4), v128.load(at + 4));
      v128.store(to + (<usize>i << 2), f32x4.add(f32x4.mul(v128.load(at), half), f32x4.mul(sides, quarter)));
    }
    for (; i < size; i++) {
      const at = row + (<usize>i << 2);
      const right = i + 1 < size ? load<f32>(at, 4) : load<f32>(at);
      store<f32>(to + (<usize>i << 2), load<f32>(at) * 0.5 + (load<f32>(at - 4) + right) * 0.25);
    }
  }
  for (let j = 0; j < size; j++) {
    const row = scratch + <usize>j * stride;
    const above = j > 0 ? row - stride : row;
    const below = j + 1 < size ? row + stride : row;
    const to = out + <usize>j * stride;
    for (let i: usize = 0; i < stride; i += 16) {
      const sides = f32x4.add(v128.load(above + i), v128.load(below + i));
      v128.store(to + i, f32x4.add(f32x4.mul(v128.load(row + i), half), f32x4.mul(sides, quarter)));
    }
  }
}

/** Central differences of a `size`×`size` float32 picture, grey levels a pixel; 0 on the outermost pixels. */
export function gradients(image: usize, size: i32, gx: usize, gy: usize): void {
  const half = f32x4.splat(0.5);
  const stride = <usize>size << 2;
  memory.fill(gx, 0, stride * size);
  memory.fill(gy, 0, stride * size);
  for (let j = 1; j + 1 < size; j++) {
    const base = <usize>j * stride;
    let i = 1;
    for (; i + 4 < size; i += 4) {
      const at = base + (<usize>i << 2);
      v128.store(gx + at, f32x4.mul(half, f32x4.sub(v128.load(image + at + 4), v128.load(image + at - 4))));
      v128.store(gy + at, f32x4.mul(half, f32x4.sub(v128.load(image + at + stride), v128.load(image + at - stride))));
    }
    for (; i + 1 < size; i++) {
      const at = base + (<usize>i << 2);
      store<f32>(gx + at, 0.5 * (load<f32>(image + at + 4) - load<f32>(image + at - 4)));
      store<f32>(gy + at, 0.5 * (load<f32>(image + at + stride) - load<f32>(image + at - stride)));
    }
  }
}

/**
 * Sums over the window [x0, x1) × [y0, y1) of a float32 picture (x1 − x0 a multiple of 4, one pixel away from the edge):
 * writes 4 float32 to `out`: Σ v, Σ v², Σ L, Σ L², where L is the 4-neighbour Laplacian.
 */
export function sharpnessSums(image: usize, size: i32, x0: i32, y0: i32, x1: i32, y1: i32, out: usize): void {
  const stride = <usize>size << 2;
  const four = f32x4.splat(4);
  // Rows are summed in float32, and rows' sums in float64.
  let values: f64 = 0;
  let squares: f64 = 0;
  let laplacians: f64 = 0;
  let energy: f64 = 0;
  for (let j = y0; j < y1; j++) {
    let s = f32x4.splat(0);
    let ss = f32x4.splat(0);
    let l = f32x4.splat(0);
    let ll = f32x4.splat(0);
    for (let i = x0; i < x1; i += 4) {
      const at = image + <usize>j * stride + (<usize>i << 2);
      const v = v128.load(at);
      const around = f32x4.add(f32x4.add(v128.load(at - 4), v128.load(at + 4)), f32x4.add(v128.load(at - stride), v128.load(at + stride)));
      const laplacian = f32x4.sub(around, f32x4.mul(four, v));
      s = f32x4.add(s, v);
      ss = f32x4.add(ss, f32x4.mul(v, v));
      l = f32x4.add(l, laplacian);
      ll = f32x4.add(ll, f32x4.mul(laplacian, laplacian));
    }
    values += <f64>horizontal(s);
    squares += <f64>horizontal(ss);
    laplacians += <f64>horizontal(l);
    energy += <f64>horizontal(ll);
  }
  store<f32>(out, <f32>values);
  store<f32>(out, <f32>squares, 4);
  store<f32>(out, <f32>laplacians, 8);
  store<f32>(out, <f32>energy, 12);
}
