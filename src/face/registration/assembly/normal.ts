import { horizontal } from './sampling';

// The template of a registration: for each of `count` points, in arrays of float32 one behind the other, `stride` bytes apart:
// 0 x, 1 y, 2 value (mean removed), 3 derivative by scale, 4 by rotation, 5 by x, 6 by y, 7 prior weight.

const BINS: i32 = 512;
const BINS_A_LEVEL: f32 = 4;
const bins: usize = memory.data(512 * 4, 16);

/** residual = sample − gain·value − bias, for each point. `count` is a multiple of 4. */
export function residuals(samples: usize, template: usize, stride: usize, count: i32, gain: f32, bias: f32, out: usize): void {
  const values = template + 2 * stride;
  const g = f32x4.splat(gain);
  const c = f32x4.splat(bias);
  for (let at: usize = 0; at < <usize>count << 2; at += 16) {
    v128.store(out + at, f32x4.sub(f32x4.sub(v128.load(samples + at), f32x4.mul(g, v128.load(values + at))), c));
  }
}

/** Median of |residual| over the points with a prior weight, to an eighth of a grey level; at most 128. */
export function absoluteMedian(residual: usize, prior: usize, count: i32): f32 {
  memory.fill(bins, 0, BINS * 4);
  let total = 0;
  for (let at: usize = 0; at < <usize>count << 2; at += 4) {
    if (load<f32>(prior + at) <= 0) continue;
    const bin = min(BINS - 1, <i32>(abs(load<f32>(residual + at)) * BINS_A_LEVEL));
    const to = bins + (<usize>bin << 2);
    store<i32>(to, load<i32>(to) + 1);
    total++;
  }
  let seen = 0;
  for (let bin = 0; bin < BINS; bin++) {
    const here = load<i32>(bins + (<usize>bin << 2));
    if (2 * (seen + here) >= total) {
      const part: f32 = here > 0 ? (<f32>total * 0.5 - <f32>seen) / <f32>here : 0.5;
      return (<f32>bin + part) / BINS_A_LEVEL;
    }
    seen += here;
  }
  return <f32>BINS / BINS_A_LEVEL;
}

/**
 * The normal equations of one robust Gauss-Newton step. Unknowns: scale, rotation, x, y, gain, bias.
 * Weights are Cauchy's, 1/(1 + (residual/cut)²), times the prior.
 * Writes 29 float32 to `out`: the upper triangle of the 6×6 matrix row by row, the right-hand side, Σ weight, Σ weight·residual².
 */
export function normalEquations(residual: usize, template: usize, stride: usize, count: i32, cut: f32, out: usize): void {
  const one = f32x4.splat(1);
  const zero = f32x4.splat(0);
  const scale = f32x4.splat(1 / cut);
  let m00 = zero, m01 = zero, m02 = zero, m03 = zero, m04 = zero, m05 = zero;
  let m11 = zero, m12 = zero, m13 = zero, m14 = zero, m15 = zero;
  let m22 = zero, m23 = zero, m24 = zero, m25 = zero;
  let m33 = zero, m34 = zero, m35 = zero;
  let m44 = zero, m45 = zero, m55 = zero;
  let r0 = zero, r1 = zero, r2 = zero, r3 = zero, r4 = zero, r5 = zero, ee = zero;
  for (let at: usize = 0; at < <usize>count << 2; at += 16) {
    const e = v128.load(residual + at);
    const u = f32x4.mul(e, scale);
    const w = f32x4.div(v128.load(template + 7 * stride + at), f32x4.add(one, f32x4.mul(u, u)));
    const j0 = v128.load(template + 3 * stride + at);
    const j1 = v128.load(template + 4 * stride + at);
    const j2 = v128.load(template + 5 * stride + at);
    const j3 = v128.load(template + 6 * stride + at);
    const j4 = v128.load(template + 2 * stride + at);
    let wj = f32x4.mul(w, j0);
    m00 = f32x4.add(m00, f32x4.mul(wj, j0));
    m01 = f32x4.add(m01, f32x4.mul(wj, j1));
    m02 = f32x4.add(m02, f32x4.mul(wj, j2));
    m03 = f32x4.add(m03, f32x4.mul(wj, j3));
    m04 = f32x4.add(m04, f32x4.mul(wj, j4));
    m05 = f32x4.add(m05, wj);
    r0 = f32x4.add(r0, f32x4.mul(wj, e));
    wj = f32x4.mul(w, j1);
    m11 = f32x4.add(m11, f32x4.mul(wj, j1));
    m12 = f32x4.add(m12, f32x4.mul(wj, j2));
    m13 = f32x4.add(m13, f32x4.mul(wj, j3));
    m14 = f32x4.add(m14, f32x4.mul(wj, j4));
    m15 = f32x4.add(m15, wj);
    r1 = f32x4.add(r1, f32x4.mul(wj, e));
    wj = f32x4.mul(w, j2);
    m22 = f32x4.add(m22, f32x4.mul(wj, j2));
    m23 = f32x4.add(m23, f32x4.mul(wj, j3));
    m24 = f32x4.add(m24, f32x4.mul(wj, j4));
    m25 = f32x4.add(m25, wj);
    r2 = f32x4.add(r2, f32x4.mul(wj, e));
    wj = f32x4.mul(w, j3);
    m33 = f32x4.add(m33, f32x4.mul(wj, j3));
    m34 = f32x4.add(m34, f32x4.mul(wj, j4));
    m35 = f32x4.add(m35, wj);
    r3 = f32x4.add(r3, f32x4.mul(wj, e));
    wj = f32x4.mul(w, j4);
    m44 = f32x4.add(m44, f32x4.mul(wj, j4));
    m45 = f32x4.add(m45, wj);
    r4 = f32x4.add(r4, f32x4.mul(wj, e));
    m55 = f32x4.add(m55, w);
    const we = f32x4.mul(w, e);
    r5 = f32x4.add(r5, we);
    ee = f32x4.add(ee, f32x4.mul(we, e));
  }
  store<f32>(out, horizontal(m00));
  store<f32>(out, horizontal(m01), 4);
  store<f32>(out, horizontal(m02), 8);
  store<f32>(out, horizontal(m03), 12);
  store<f32>(out, horizontal(m04), 16);
  store<f32>(out, horizontal(m05), 20);
  store<f32>(out, horizontal(m11), 24);
  store<f32>(out, horizontal(m12), 28);
  store<f32>(out, horizontal(m13), 32);
  store<f32>(out, horizontal(m14), 36);
  store<f32>(out, horizontal(m15), 40);
  store<f32>(out, horizontal(m22), 44);
  store<f32>(out, horizontal(m23), 48);
  store<f32>(out, horizontal(m24), 52);
  store<f32>(out, horizontal(m25), 56);
  store<f32>(out, horizontal(m33), 60);
  store<f32>(out, horizontal(m34), 64);
  store<f32>(out, horizontal(m35), 68);
  store<f32>(out, horizontal(m44), 72);
  store<f32>(out, horizontal(m45), 76);
  store<f32>(out, horizontal(m55), 80);
  store<f32>(out, horizontal(r0), 84);
  store<f32>(out, horizontal(r1), 88);
  store<f32>(out, horizontal(r2), 92);
  store<f32>(out, horizontal(r3), 96);
  store<f32>(out, horizontal(r4), 100);
  store<f32>(out, horizontal(r5), 104);
  store<f32>(out, horizontal(m55), 108);
  store<f32>(out, horizontal(ee), 112);
}
