import type { Frame } from '../../../../src/ingest/contract.js';
import type { PlacedField } from './placed-field.js';

/** Fixed-point steps of the inverse: the field's slope is at most 0.5, so that each halves the error at least. */
const STEPS = 6;

/** A copy of the frame in which the face has moved as the field says: backward warp, luma bicubic, chroma bilinear. */
export function warpFrame(frame: Frame, field: PlacedField): Frame {
  const { width, height, data } = frame;
  const out = data.slice();
  const x0 = Math.max(0, Math.floor(field.box.x0)),
    x1 = Math.min(width, Math.ceil(field.box.x1));
  const y0 = Math.max(0, Math.floor(field.box.y0)),
    y1 = Math.min(height, Math.ceil(field.box.y1));
  const from = new Float64Array(2);
  for (let y = y0; y < y1; y++) {
    for (let x = x0; x < x1; x++) {
      if (!origin(field, x + 0.5, y + 0.5, from)) continue;
      out[y * width + x] = clamped(bicubic(data, width, height, from[0]! - 0.5, from[1]! - 0.5));
    }
  }
  const columns = Math.ceil(width / 2),
    rows = Math.ceil(height / 2);
  for (let y = y0 >> 1; y < Math.min(rows, (y1 + 1) >> 1); y++) {
    for (let x = x0 >> 1; x < Math.min(columns, (x1 + 1) >> 1); x++) {
      if (!origin(field, 2 * x + 1, 2 * y + 1, from)) continue;
      for (let plane = 0; plane < 2; plane++) {
        const start = width * height + plane * columns * rows;
        out[start + y * columns + x] = clamped(bilinear(data, start, columns, rows, from[0]! / 2 - 0.5, from[1]! / 2 - 0.5));
      }
    }
  }
  return { ...frame, data: out };
}

/** Where what is at (x, y) came from, into `out`: g = (x, y) − field(g). False where nothing moved. */
function origin(field: PlacedField, x: number, y: number, out: Float64Array): boolean {
  let gx = x,
    gy = y;
  for (let step = 0; step < STEPS; step++) {
    field.at(gx, gy, out);
    const dx = x - out[0]! - gx,
      dy = y - out[1]! - gy;
    gx += dx;
    gy += dy;
    if (dx * dx + dy * dy < 1e-6) break;
  }
  out[0] = gx;
  out[1] = gy;
  return Math.abs(gx - x) > 1e-3 || Math.abs(gy - y) > 1e-3;
}

function clamped(value: number): number {
  return value < 0 ? 0 : value > 255 ? 255 : Math.round(value);
}

/** Catmull-Rom's kernel (a = −½), which reads straight lines and parabolas exactly. */
function bicubic(data: Uint8Array, width: number, height: number, x: number, y: number): number {
  const i = Math.floor(x),
    j = Math.floor(y);
  weigh(x - i, WX);
  weigh(y - j, WY);
  let sum = 0;
  for (let q = 0; q < 4; q++) {
    const row = Math.min(height - 1, Math.max(0, j - 1 + q)) * width;
    let line = 0;
    for (let p = 0; p < 4; p++) line += WX[p]! * data[row + Math.min(width - 1, Math.max(0, i - 1 + p))]!;
    sum += WY[q]! * line;
  }
  return sum;
}

const WX = new Float64Array(4),
  WY = new Float64Array(4);

function weigh(f: number, out: Float64Array): void {
  out[0] = f * (-0.5 + f * (1 - 0.5 * f));
  out[1] = 1 + f * f * (1.5 * f - 2.5);
  out[2] = f * (0.5 + f * (2 - 1.5 * f));
  out[3] = f * f * (0.5 * f - 0.5);
}

function bilinear(data: Uint8Array, start: number, columns: number, rows: number, x: number, y: number): number {
  const i = Math.floor(x),
    j = Math.floor(y),
    fx = x - i,
    fy = y - j;
  const at = (p: number, q: number): number =>
    data[start + Math.min(rows - 1, Math.max(0, q)) * columns + Math.min(columns - 1, Math.max(0, p))]!;
  const top = at(i, j) * (1 - fx) + at(i + 1, j) * fx,
    low = at(i, j + 1) * (1 - fx) + at(i + 1, j + 1) * fx;
  return top * (1 - fy) + low * fy;
}
