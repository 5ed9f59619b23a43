import sharp from 'sharp';

/**
 * A picture as three float planes, Y in full size and U, V in half (BT.601, limited range, as webcams send).
 * @typedef {{ width: number, height: number, y: Float32Array, u: Float32Array, v: Float32Array }} Planes
 */

/**
 * Decodes a portrait and lays it on a canvas, scaled, its own edges mirrored where the canvas is bigger.
 * @param {Uint8Array} portrait JPEG, PNG or WebP
 * @param {{ width: number, height: number, scale: number, left: number, top: number }} canvas even size; the portrait's scale, and
 *   where its upper left corner lies on the canvas, px (may be negative)
 * @returns {Promise<Planes>}
 */
export async function planesOf(portrait, { width, height, scale, left, top }) {
  const { width: own } = await sharp(portrait).metadata();
  const { data, info } = await sharp(portrait)
    .resize({ width: Math.round(own * scale), kernel: 'lanczos3' })
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  const y = new Float32Array(width * height),
    u = new Float32Array((width * height) / 4),
    v = new Float32Array((width * height) / 4);
  const mirror = (i, n) => {
    const m = ((i % (2 * n)) + 2 * n) % (2 * n);
    return m < n ? m : 2 * n - 1 - m;
  };
  for (let j = 0; j < height; j++) {
    const row = mirror(j - top, info.height) * info.width;
    for (let i = 0; i < width; i++) {
      const p = 3 * (row + mirror(i - left, info.width));
      const r = data[p],
        g = data[p + 1],
        b = data[p + 2];
      const c = (j >> 1) * (width / 2) + (i >> 1);
      y[j * width + i] = 16 + 0.2568 * r + 0.5041 * g + 0.0979 * b;
      u[c] += (128 - 0.1482 * r - 0.291 * g + 0.4392 * b) / 4;
      v[c] += (128 + 0.4392 * r - 0.3678 * g - 0.0714 * b) / 4;
    }
  }
  return { width, height, y, u, v };
}

/**
 * Reads a plane at displaced places: out(x, y) = plane(x + fx, y + fy), bicubic (Catmull-Rom).
 * @param {Float32Array} plane
 * @param {number} width of the plane
 * @param {number} height of the plane
 * @param {Float32Array} fx displacement field of the luma plane, px of luma
 * @param {Float32Array} fy the same for y
 * @param {1 | 2} step 1 for luma, 2 for chroma of half size
 * @param {Float32Array} out
 */
export function resample(plane, width, height, fx, fy, step, out) {
  const fieldWidth = width * step;
  for (let j = 0; j < height; j++) {
    for (let i = 0; i < width; i++) {
      const f = j * step * fieldWidth + i * step;
      const dx = fx[f] / step,
        dy = fy[f] / step;
      const o = j * width + i;
      if (dx === 0 && dy === 0) {
        out[o] = plane[o];
        continue;
      }
      const x = Math.min(width - 1, Math.max(0, i + dx)),
        y = Math.min(height - 1, Math.max(0, j + dy));
      const x0 = Math.floor(x),
        y0 = Math.floor(y),
        s = x - x0,
        t = y - y0;
      const a0 = s * (-0.5 + s * (1 - 0.5 * s)),
        a1 = 1 + s * s * (-2.5 + 1.5 * s),
        a2 = s * (0.5 + s * (2 - 1.5 * s)),
        a3 = s * s * (-0.5 + 0.5 * s);
      const b0 = t * (-0.5 + t * (1 - 0.5 * t)),
        b1 = 1 + t * t * (-2.5 + 1.5 * t),
        b2 = t * (0.5 + t * (2 - 1.5 * t)),
        b3 = t * t * (-0.5 + 0.5 * t);
      const xm = x0 > 0 ? x0 - 1 : 0,
        xp = x0 + 1 < width ? x0 + 1 : width - 1,
        xq = x0 + 2 < width ? x0 + 2 : width - 1;
      const rm = (y0 > 0 ? y0 - 1 : 0) * width,
        r0 = y0 * width;
      const rp = (y0 + 1 < height ? y0 + 1 : height - 1) * width,
        rq = (y0 + 2 < height ? y0 + 2 : height - 1) * width;
      out[o] =
        b0 * (a0 * plane[rm + xm] + a1 * plane[rm + x0] + a2 * plane[rm + xp] + a3 * plane[rm + xq]) +
        b1 * (a0 * plane[r0 + xm] + a1 * plane[r0 + x0] + a2 * plane[r0 + xp] + a3 * plane[r0 + xq]) +
        b2 * (a0 * plane[rp + xm] + a1 * plane[rp + x0] + a2 * plane[rp + xp] + a3 * plane[rp + xq]) +
        b3 * (a0 * plane[rq + xm] + a1 * plane[rq + x0] + a2 * plane[rq + xp] + a3 * plane[rq + xq]);
    }
  }
}
