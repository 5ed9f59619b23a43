/**
 * Action units as displacements of the skin: smooth bumps laid on FaceMesh landmarks of the image's left half; the right half is
 * its mirror image. Directions: x away from the face's middle, y down; lengths as fractions of the action unit's peak.
 * Radii in units of the distance between the outer eye corners: across, upwards, downwards.
 *
 * Shapes after the Facial Action Coding System's descriptions (Ekman & Friesen 1978); sizes are a judgement, not data.
 *
 * @type {Readonly<Record<string, readonly { at: readonly number[], move: readonly [number, number], radii: readonly [number, number, number] }[]>>}
 */
export const ACTION_UNITS = {
  AU1: [{ at: [107, 66, 55, 65], move: [0.1, -1], radii: [0.17, 0.26, 0.1] }],
  AU2: [{ at: [70, 63, 105, 52], move: [0, -1], radii: [0.2, 0.24, 0.1] }],
  AU4: [{ at: [107, 66, 55, 65], move: [-0.6, 0.8], radii: [0.18, 0.24, 0.1] }],
  AU6: [{ at: [117, 118, 50], move: [-0.1, -1], radii: [0.24, 0.14, 0.2] }],
  AU7: [{ at: [145, 144, 153], move: [0, -1], radii: [0.13, 0.03, 0.1] }],
  AU9: [
    { at: [198, 217, 98], move: [0.1, -1], radii: [0.12, 0.2, 0.12] },
    { at: [107, 55], move: [-0.3, 0.4], radii: [0.14, 0.16, 0.1] },
  ],
  AU10: [{ at: [37, 39, 98, 205], move: [0.1, -1], radii: [0.18, 0.14, 0.06] }],
  AU12: [
    { at: [61], move: [0.7, -0.7], radii: [0.16, 0.2, 0.16] },
    { at: [50, 205], move: [0.1, -0.4], radii: [0.2, 0.18, 0.2] },
  ],
  AU14: [
    { at: [61], move: [-0.95, -0.3], radii: [0.12, 0.14, 0.14] },
    { at: [207, 187], move: [-0.35, 0], radii: [0.18, 0.18, 0.18] },
  ],
  AU15: [{ at: [61, 146], move: [0.15, 1], radii: [0.15, 0.12, 0.22] }],
  AU17: [{ at: [175, 171, 17], move: [0, -1], radii: [0.22, 0.18, 0.16] }],
  AU20: [{ at: [61], move: [1, 0.1], radii: [0.18, 0.14, 0.18] }],
};

/** The mirror image of each landmark that {@link ACTION_UNITS} names. */
const MIRROR = {
  107: 336,
  66: 296,
  55: 285,
  65: 295,
  70: 300,
  63: 293,
  105: 334,
  52: 282,
  117: 346,
  118: 347,
  50: 280,
  145: 374,
  144: 373,
  153: 380,
  198: 420,
  217: 437,
  98: 327,
  37: 267,
  39: 269,
  205: 425,
  61: 291,
  207: 427,
  187: 411,
  146: 375,
  175: 175,
  171: 396,
  17: 17,
};

/**
 * Bumps of some action units in px.
 * @param {readonly string[]} aus e.g. ['AU1', 'AU2']
 * @param {'left' | 'right' | 'both'} side the person's own side: left is the image's right
 * @param {number} peak px of the largest displacement
 * @param {readonly (readonly [number, number])[]} landmarks 468 points, px
 * @returns {readonly { x: number, y: number, dx: number, dy: number, across: number, up: number, down: number }[]}
 */
export function bumpsOf(aus, side, peak, landmarks) {
  const eyes = Math.hypot(landmarks[263][0] - landmarks[33][0], landmarks[263][1] - landmarks[33][1]);
  return aus.flatMap((au) => {
    const bumps = ACTION_UNITS[au];
    if (bumps === undefined) throw new RangeError(`${au} has no displacement; known are ${Object.keys(ACTION_UNITS).join(', ')}`);
    return bumps.flatMap(({ at, move, radii }) => {
      const make = (indices, sign) => ({
        x: mean(indices.map((i) => landmarks[i][0])),
        y: mean(indices.map((i) => landmarks[i][1])),
        dx: sign * move[0] * peak,
        dy: move[1] * peak,
        across: radii[0] * eyes,
        up: radii[1] * eyes,
        down: radii[2] * eyes,
      });
      const left = make(at, -1),
        right = make(
          at.map((i) => MIRROR[i]),
          1,
        );
      if (side === 'both') return [left, right];
      return [side === 'right' ? left : right];
    });
  });
}

function mean(values) {
  return values.reduce((a, b) => a + b, 0) / values.length;
}

/** Weight of a bump at a place, 0..1: a Gaussian that ends smoothly at 3 radii. */
export function weightAt(bump, x, y) {
  const u = (x - bump.x) / bump.across,
    v = (y - bump.y) / (y < bump.y ? bump.up : bump.down);
  const r = u * u + v * v;
  return r >= 9 ? 0 : Math.exp(-0.5 * r) * (1 - r / 9);
}
