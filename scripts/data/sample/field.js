import { weightAt } from './action-units.js';

/** Lid contours of FaceMesh from outer to inner corner: upper and lower, image's left eye, then right. */
const EYES = [
  { upper: [33, 246, 161, 160, 159, 158, 157, 173, 133], lower: [33, 7, 163, 144, 145, 153, 154, 155, 133] },
  { upper: [263, 466, 388, 387, 386, 385, 384, 398, 362], lower: [263, 249, 390, 373, 374, 380, 381, 382, 362] },
];

/**
 * Where each pixel of a frame is read from in the portrait: displacements (fx, fy) added to the pixel's place.
 * Three layers, from the face outwards: lids, expressions (in the head's frame), the head's sway (the background stays).
 */
export class Field {
  /** @param {number} width px @param {number} height px @param {readonly (readonly [number, number])[]} landmarks px of the frame */
  constructor(width, height, landmarks) {
    this.width = width;
    this.height = height;
    this.landmarks = landmarks;
    this.fx = new Float32Array(width * height);
    this.fy = new Float32Array(width * height);
    this.head = headMask(width, height, landmarks);
  }

  /**
   * @param {{ x: number, y: number, roll: number, scale: number }} sway
   * @param {readonly { bumps: ReturnType<typeof import('./action-units.js').bumpsOf>, amount: number }[]} expressions
   * @param {number} lids 0 open .. 1 shut
   */
  set(sway, expressions, lids) {
    const { width, height, fx, fy } = this;
    fx.fill(0);
    fy.fill(0);
    if (lids > 0) for (const eye of EYES) this.#shut(eye, lids);
    for (const { bumps, amount } of expressions) if (amount > 0) for (const bump of bumps) this.#bump(bump, amount);
    const [cx, cy] = this.landmarks[168];
    for (let j = 0, p = 0; j < height; j++) {
      for (let i = 0; i < width; i++, p++) {
        const m = this.head[p];
        if (m === 0) continue;
        const dx = i + 0.5 - cx,
          dy = j + 0.5 - cy;
        fx[p] -= m * (sway.x + sway.scale * dx - sway.roll * dy);
        fy[p] -= m * (sway.y + sway.scale * dy + sway.roll * dx);
      }
    }
  }

  #bump(bump, amount) {
    const { width, height, fx, fy } = this;
    const x0 = Math.max(0, Math.floor(bump.x - 3 * bump.across)),
      x1 = Math.min(width, Math.ceil(bump.x + 3 * bump.across));
    const y0 = Math.max(0, Math.floor(bump.y - 3 * bump.up)),
      y1 = Math.min(height, Math.ceil(bump.y + 3 * bump.down));
    for (let j = y0; j < y1; j++) {
      for (let i = x0; i < x1; i++) {
        const w = amount * weightAt(bump, i + 0.5, j + 0.5);
        fx[j * width + i] -= w * bump.dx;
        fy[j * width + i] -= w * bump.dy;
      }
    }
  }

  /** The upper lid's skin is stretched down over the eye; what it does not cover stays. */
  #shut({ upper, lower }, lids) {
    const { width, landmarks, fy } = this;
    const xs = upper.map((i) => landmarks[i][0]);
    const [from, to] = [Math.min(...xs), Math.max(...xs)];
    const opening = Math.max(...upper.map((i, k) => landmarks[lower[k]][1] - landmarks[i][1]));
    const skin = 1.1 * opening;
    for (let i = Math.ceil(from); i < to; i++) {
      const top = heightAt(
          upper.map((k) => landmarks[k]),
          i + 0.5,
        ),
        bottom = heightAt(
          lower.map((k) => landmarks[k]),
          i + 0.5,
        );
      const lid = top + lids * Math.max(0, bottom - top);
      const crease = top - skin;
      if (lid - top < 0.05) continue;
      for (let j = Math.floor(crease); j < lid; j++) {
        const y = j + 0.5;
        if (y < crease) continue;
        fy[j * width + i] += crease + ((y - crease) * (top - crease)) / (lid - crease) - y;
      }
    }
  }
}

/** Height of a contour at x, px. */
function heightAt(points, x) {
  const sorted = [...points].sort((a, b) => a[0] - b[0]);
  for (let k = 1; k < sorted.length; k++) {
    const [x0, y0] = sorted[k - 1],
      [x1, y1] = sorted[k];
    if (x <= x1) return y0 + ((y1 - y0) * (x - x0)) / Math.max(1e-6, x1 - x0);
  }
  return sorted.at(-1)[1];
}

/** 1 on the head, falling smoothly to 0 towards the frame's edges. */
function headMask(width, height, landmarks) {
  const xs = landmarks.map(([x]) => x),
    ys = landmarks.map(([, y]) => y);
  const cx = (Math.min(...xs) + Math.max(...xs)) / 2,
    cy = (Math.min(...ys) + Math.max(...ys)) / 2;
  const rx = 0.62 * (Math.max(...xs) - Math.min(...xs)),
    ry = 0.66 * (Math.max(...ys) - Math.min(...ys));
  const mask = new Float32Array(width * height);
  for (let j = 0; j < height; j++) {
    for (let i = 0; i < width; i++) {
      const r = Math.hypot((i + 0.5 - cx) / rx, (j + 0.5 - cy) / ry);
      const edge = Math.min(i, width - 1 - i, j, height - 1 - j) / 30;
      const fall = r <= 1 ? 1 : Math.max(0, 1 - (r - 1) / 0.6);
      const m = Math.min(fall, Math.min(1, edge));
      mask[j * width + i] = m * m * (3 - 2 * m);
    }
  }
  return mask;
}
