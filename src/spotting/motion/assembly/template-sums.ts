// A template: five arrays of float32 one behind the other, `width`·`height` values each, `width` a multiple of 4: value, detail
// (brightness and shading removed), gradient by x, by y (light removed), weight. Columns that only fill up have weight 0.

function horizontal(v: v128): f32 {
  return f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1) + f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3);
}

/**
 * One pass over a template laid on a picture, `at` the picture's pixel under its first value and (ax, ay) the rest of the shift.
 * Residual e = picture − value − (bias + alongX·x + alongY·y + gain·detail), x and y from the template's centre.
 * Weights are Geman and McClure's, weight/(1 + e²·inverseScale)².
 *
 * Writes 12 float32 to `out`: Σ weight; gradient products xx, xy, yy; gradients times e; e, times x, times y, times detail; e²;
 * Σ weight of the template · e²/(e² + scale).
 */
export function templateSums(
  at: usize, stride: usize, ax: f32, ay: f32, template: usize, width: i32, height: i32, halfWidth: f32, halfHeight: f32,
  bias: f32, alongX: f32, alongY: f32, gain: f32, inverseScale: f32, out: usize,
): void {
  const array = <usize>(width * height) << 2;
  const one = f32x4.splat(1), four = f32x4.splat(4), zero = f32x4.splat(0);
  const w00 = f32x4.splat((1 - ax) * (1 - ay)), w10 = f32x4.splat(ax * (1 - ay)), w01 = f32x4.splat((1 - ax) * ay), w11 = f32x4.splat(ax * ay);
  const slopeX = f32x4.splat(alongX), contrast = f32x4.splat(gain), inverse = f32x4.splat(inverseScale);
  const first = f32x4.sub(f32x4(0, 1, 2, 3), f32x4.splat(halfWidth));
  let sw = zero, sxx = zero, sxy = zero, syy = zero, sxe = zero, sye = zero, se = zero, sex = zero, sey = zero, sed = zero, see = zero, far = zero;
  let k = template;
  for (let j = 0; j < height; j++) {
    let p = at + <usize>j * stride;
    const y: f32 = <f32>j - halfHeight;
    const base = f32x4.splat(bias + alongY * y);
    let rowE = zero, column = first;
    for (let i = 0; i < width; i += 4) {
      const picture = f32x4.add(
        f32x4.add(f32x4.mul(w00, v128.load(p)), f32x4.mul(w10, v128.load(p, 4))),
        f32x4.add(f32x4.mul(w01, v128.load(p + stride)), f32x4.mul(w11, v128.load(p + stride, 4))),
      );
      const detail = v128.load(k + array);
      const gx = v128.load(k + 2 * array), gy = v128.load(k + 3 * array), weight = v128.load(k + 4 * array);
      const light = f32x4.add(f32x4.add(base, f32x4.mul(slopeX, column)), f32x4.mul(contrast, detail));
      const e = f32x4.sub(f32x4.sub(picture, v128.load(k)), light);
      const trust = f32x4.div(one, f32x4.add(one, f32x4.mul(f32x4.mul(e, e), inverse)));
      const w = f32x4.mul(weight, f32x4.mul(trust, trust));
      const we = f32x4.mul(w, e), wx = f32x4.mul(w, gx), wy = f32x4.mul(w, gy);
      sw = f32x4.add(sw, w);
      sxx = f32x4.add(sxx, f32x4.mul(wx, gx));
      sxy = f32x4.add(sxy, f32x4.mul(wx, gy));
      syy = f32x4.add(syy, f32x4.mul(wy, gy));
      sxe = f32x4.add(sxe, f32x4.mul(wx, e));
      sye = f32x4.add(sye, f32x4.mul(wy, e));
      rowE = f32x4.add(rowE, we);
      sex = f32x4.add(sex, f32x4.mul(we, column));
      sed = f32x4.add(sed, f32x4.mul(we, detail));
      see = f32x4.add(see, f32x4.mul(we, e));
      far = f32x4.add(far, f32x4.mul(weight, f32x4.sub(one, trust)));
      column = f32x4.add(column, four);
      p += 16;
      k += 16;
    }
    se = f32x4.add(se, rowE);
    sey = f32x4.add(sey, f32x4.mul(rowE, f32x4.splat(y)));
  }
  store<f32>(out, horizontal(sw));
  store<f32>(out, horizontal(sxx), 4);
  store<f32>(out, horizontal(sxy), 8);
  store<f32>(out, horizontal(syy), 12);
  store<f32>(out, horizontal(sxe), 16);
  store<f32>(out, horizontal(sye), 20);
  store<f32>(out, horizontal(se), 24);
  store<f32>(out, horizontal(sex), 28);
  store<f32>(out, horizontal(sey), 32);
  store<f32>(out, horizontal(sed), 36);
  store<f32>(out, horizontal(see), 40);
  store<f32>(out, horizontal(far), 44);
}
