/**
 * Binomial smoothing (1 4 6 4 1)/16 in both directions of the box [left, right) × [top, bottom) of a `size`×`size` float32 picture;
 * the box lies 2 pixels inside, `right − left` is a multiple of 4. `scratch` is of the same size.
 */
export function smoothBox(image: usize, size: i32, scratch: usize, out: usize, left: i32, top: i32, right: i32, bottom: i32): void {
  const a = f32x4.splat(0.375), b = f32x4.splat(0.25), c = f32x4.splat(0.0625);
  const stride = <usize>size << 2;
  for (let y = top - 2; y < bottom + 2; y++) {
    const row = <usize>y * stride;
    for (let x = left; x < right; x += 4) {
      const at = image + row + (<usize>x << 2);
      v128.store(scratch + row + (<usize>x << 2), f32x4.add(
        f32x4.mul(a, v128.load(at)),
        f32x4.add(f32x4.mul(b, f32x4.add(v128.load(at - 4), v128.load(at, 4))), f32x4.mul(c, f32x4.add(v128.load(at - 8), v128.load(at, 8)))),
      ));
    }
  }
  for (let y = top; y < bottom; y++) {
    const row = <usize>y * stride;
    for (let x = left; x < right; x += 4) {
      const at = scratch + row + (<usize>x << 2);
      v128.store(out + row + (<usize>x << 2), f32x4.add(
        f32x4.mul(a, v128.load(at)),
        f32x4.add(f32x4.mul(b, f32x4.add(v128.load(at - stride), v128.load(at + stride))), f32x4.mul(c, f32x4.add(v128.load(at - 2 * stride), v128.load(at + 2 * stride)))),
      ));
    }
  }
}
