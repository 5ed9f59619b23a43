import { CROP_SIZE } from '../contract.js';

/** A disc around landmarks, crop pixels; `outward` (from the nose) and `down` shift its centre. */
interface Disc {
  readonly landmarks: readonly number[];
  readonly radius: number;
  readonly outward?: number;
  readonly down?: number;
}

/**
 * Regions that move with the skull and little with expressions. Landmarks come in pairs of the image's left and right half.
 * Radii are for outer eye corners 88 px apart.
 */
const RIGID: readonly Disc[] = [
  // Bridge of the nose, from between the eyes down to the tip.
  { landmarks: [168], radius: 8 },
  { landmarks: [6], radius: 12 },
  { landmarks: [197], radius: 13 },
  { landmarks: [195], radius: 14 },
  { landmarks: [5], radius: 15 },
  { landmarks: [4], radius: 15 },
  { landmarks: [1], radius: 13 },
  // Flanks of the nose, above the wings (which flare).
  { landmarks: [193, 417], radius: 7 },
  { landmarks: [122, 351], radius: 8 },
  { landmarks: [196, 419], radius: 8 },
  { landmarks: [198, 420], radius: 8 },
  { landmarks: [236, 456], radius: 8 },
  // Inner eye corners, towards the nose.
  { landmarks: [133, 362], radius: 9, outward: -5 },
  // Outer eye corners and the bone beside them.
  { landmarks: [33, 263], radius: 11, outward: 6 },
  { landmarks: [143, 372], radius: 11 },
  { landmarks: [139, 368], radius: 8 },
  { landmarks: [34, 264], radius: 9 },
];

/** Nearby regions that do move: brows, the skin between them, lids and eyes, the base of the nose. They take precedence. */
const MOVING: readonly Disc[] = [
  { landmarks: [70, 300], radius: 6 },
  { landmarks: [63, 293], radius: 6 },
  { landmarks: [105, 334], radius: 6 },
  { landmarks: [66, 296], radius: 6 },
  { landmarks: [107, 336], radius: 7 },
  { landmarks: [55, 285], radius: 7 },
  { landmarks: [65, 295], radius: 6 },
  { landmarks: [52, 282], radius: 6 },
  { landmarks: [53, 283], radius: 6 },
  { landmarks: [46, 276], radius: 6 },
  { landmarks: [8], radius: 5 },
  { landmarks: [9], radius: 8 },
  // Lids: the upper one, its fold, the lower one, and the eye between.
  { landmarks: [161, 388], radius: 5 },
  { landmarks: [160, 387], radius: 6 },
  { landmarks: [159, 386], radius: 7 },
  { landmarks: [158, 385], radius: 6 },
  { landmarks: [157, 384], radius: 5 },
  { landmarks: [27, 257], radius: 6 },
  { landmarks: [163, 390], radius: 5 },
  { landmarks: [144, 373], radius: 6 },
  { landmarks: [145, 374], radius: 6 },
  { landmarks: [153, 380], radius: 6 },
  { landmarks: [154, 381], radius: 5 },
  // Wings and base of the nose, upper lip.
  { landmarks: [2], radius: 7 },
  { landmarks: [98, 327], radius: 6 },
  { landmarks: [64, 294], radius: 5 },
];

/** The outline of the face, in order. Pixels at its rim or outside may show hair or the background, which move differently. */
const OUTLINE = [
  10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150, 136, 172, 58, 132, 93,
  234, 127, 162, 21, 54, 103, 67, 109,
] as const;
/** The outline is drawn towards its centre by this factor, which keeps its rim out. */
const SHRUNK = 0.985;

/** Landmarks whose motion is mostly the head's: eye corners and the nose's ridge. */
export const RIGID_LANDMARKS: readonly number[] = [33, 133, 362, 263, 168, 6, 197, 195, 5, 4, 1, 127, 356];

/**
 * Prior weights of a crop's pixels, 0..1: 1 in the middle of what does not take part in expressions, falling to 0 at its rim.
 * @param landmarks the 468 landmarks in crop pixels
 * @param mask written to and returned, CROP_SIZE²
 */
export function rigidMask(landmarks: Float32Array, mask = new Float32Array(CROP_SIZE * CROP_SIZE)): Float32Array {
  mask.fill(0);
  const centre = landmarks[2 * 6] ?? CROP_SIZE / 2;
  for (const disc of RIGID) draw(mask, landmarks, centre, disc, (old, near) => Math.max(old, Math.min(1, 2 * near)));
  for (const disc of MOVING) draw(mask, landmarks, centre, disc, (old, near) => old * Math.max(0, 1 - 3 * near));
  clearOutside(mask, landmarks);
  return mask;
}

/** Sets to 0 what is not within the outline, a little shrunk towards its middle. */
function clearOutside(mask: Float32Array, landmarks: Float32Array): void {
  const middle = [0, 1].map((axis) => OUTLINE.reduce<number>((sum, i) => sum + landmarks[2 * i + axis]!, 0) / OUTLINE.length);
  const corner = (k: number, axis: 0 | 1): number => {
    const centre = middle[axis] ?? 0;
    return centre + SHRUNK * (landmarks[2 * (OUTLINE[k % OUTLINE.length] ?? 0) + axis]! - centre);
  };
  for (let j = 0; j < CROP_SIZE; j++) {
    const y = j + 0.5;
    const crossings: number[] = [];
    for (let k = 0; k < OUTLINE.length; k++) {
      const y0 = corner(k, 1);
      const y1 = corner(k + 1, 1);
      if (y0 <= y !== y1 <= y) crossings.push(corner(k, 0) + ((y - y0) / (y1 - y0)) * (corner(k + 1, 0) - corner(k, 0)));
    }
    const left = crossings.length > 0 ? Math.min(...crossings) : Infinity;
    const right = crossings.length > 0 ? Math.max(...crossings) : -Infinity;
    for (let i = 0; i < CROP_SIZE; i++) if (i + 0.5 < left || i + 0.5 > right) mask[j * CROP_SIZE + i] = 0;
  }
}

/** Calls `paint` for each pixel of the disc; `near` is 1 at its centre, 0 at its rim. */
function draw(mask: Float32Array, landmarks: Float32Array, centre: number, disc: Disc, paint: (old: number, near: number) => number): void {
  for (const index of disc.landmarks) {
    const side = landmarks[2 * index]! < centre ? -1 : 1;
    const x = landmarks[2 * index]! + side * (disc.outward ?? 0);
    const y = landmarks[2 * index + 1]! + (disc.down ?? 0);
    for (let j = Math.max(2, Math.floor(y - disc.radius)); j < Math.min(CROP_SIZE - 2, y + disc.radius); j++) {
      for (let i = Math.max(2, Math.floor(x - disc.radius)); i < Math.min(CROP_SIZE - 2, x + disc.radius); i++) {
        const near = 1 - Math.sqrt((i + 0.5 - x) ** 2 + (j + 0.5 - y) ** 2) / disc.radius;
        if (near > 0) mask[j * CROP_SIZE + i] = paint(mask[j * CROP_SIZE + i]!, near);
      }
    }
  }
}
