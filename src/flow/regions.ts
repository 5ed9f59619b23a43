import { faceAxes, landmark } from './face-axes.js';
import type { PixelBox } from './flow-field.js';

/**
 * Where a region lies: the mean of some FaceMesh landmarks, moved along the face's own axes, and the edge of its square.
 * Lengths are pixels of a face whose outer eye corners are 88 px apart, and scale with the face.
 */
interface RegionPlace {
  readonly landmarks: readonly number[];
  /** Towards the image's right along the eye line; negative: left. */
  readonly right?: number;
  /** Towards the chin; negative: towards the forehead. */
  readonly down?: number;
  readonly edge: number;
}

/*
 * The paper's fixed sizes (eyelid 10, brow 15, nose wing 20, mouth 15, chin 25 px, on faces of about 240 px from brow to chin)
 * become these, on the reference crop's 140 px.
 */
const LID = 6;
const BROW = 9;
const WING = 12;
const MOUTH = 9;
const CHIN = 15;
const CHEEK = 17;
const CHEEK_SHIFT = 7;

/**
 * The 29 regions of interest of MELLM (arXiv 2505.07007v3), in the paper's order and under the names that its prompts use.
 *
 * *Left* and *right* are the image's sides throughout, as in the paper: "Left Mouth Corner" is the one at the viewer's left, which in
 * an unmirrored picture is the person's right. The sides of action units, by contrast, are the person's own.
 * The paper takes 98 WFLW landmarks; these are the FaceMesh ones at the same places.
 */
const PLACES = {
  'Left Lower Eyelid (Left Side)': { landmarks: [163], right: -3, down: 3, edge: LID },
  'Left Lower Eyelid (Center)': { landmarks: [145], down: 3, edge: LID },
  'Left Lower Eyelid (Right Side)': { landmarks: [154], right: 3, down: 3, edge: LID },
  'Right Lower Eyelid (Left Side)': { landmarks: [381], right: -3, down: 3, edge: LID },
  'Right Lower Eyelid (Center)': { landmarks: [374], down: 3, edge: LID },
  'Right Lower Eyelid (Right Side)': { landmarks: [390], right: 3, down: 3, edge: LID },
  'Left Upper Eyelid (Left Side)': { landmarks: [161], right: -3, down: -3, edge: LID },
  'Left Upper Eyelid (Center)': { landmarks: [159], down: -3, edge: LID },
  'Left Upper Eyelid (Right Side)': { landmarks: [157], right: 3, down: -3, edge: LID },
  'Right Upper Eyelid (Left Side)': { landmarks: [384], right: -3, down: -3, edge: LID },
  'Right Upper Eyelid (Center)': { landmarks: [386], down: -3, edge: LID },
  'Right Upper Eyelid (Right Side)': { landmarks: [388], right: 3, down: -3, edge: LID },
  'Left Outer Eyebrow': { landmarks: [70, 46, 63, 53], edge: BROW },
  'Left Inner Eyebrow': { landmarks: [66, 107, 65, 55], edge: BROW },
  'Right Outer Eyebrow': { landmarks: [300, 276, 293, 283], edge: BROW },
  'Right Inner Eyebrow': { landmarks: [296, 336, 295, 285], edge: BROW },
  'Left Nostril Wing': { landmarks: [98], right: -5, down: -5, edge: WING },
  'Right Nostril Wing': { landmarks: [327], right: 5, down: -5, edge: WING },
  'Left Mouth Corner': { landmarks: [61], right: -MOUTH, edge: MOUTH },
  'Right Mouth Corner': { landmarks: [291], right: MOUTH, edge: MOUTH },
  'Upper Lip (Left Side)': { landmarks: [40], edge: MOUTH },
  'Upper Lip (Center)': { landmarks: [0], edge: MOUTH },
  'Upper Lip (Right Side)': { landmarks: [270], edge: MOUTH },
  'Lower Lip (Left Side)': { landmarks: [91, 181], edge: MOUTH },
  'Lower Lip (Right Side)': { landmarks: [321, 405], edge: MOUTH },
  'Lower Lip (Center)': { landmarks: [17], edge: MOUTH },
  Chin: { landmarks: [199, 175], edge: CHIN },
  'Left Cheek': { landmarks: [33, 61], right: -CHEEK_SHIFT, down: -CHEEK_SHIFT, edge: CHEEK },
  'Right Cheek': { landmarks: [263, 291], right: CHEEK_SHIFT, down: -CHEEK_SHIFT, edge: CHEEK },
} as const satisfies Record<string, RegionPlace>;

export type RegionName = keyof typeof PLACES;

/** Names of the 29 regions in the paper's order. */
export const REGION_NAMES = Object.keys(PLACES) as readonly RegionName[];

/** FaceMesh's nose tip, the reference that expression flow is measured against. */
const NOSE_TIP = 4;
/** Edge of the square around it; the paper averages 5 px, its first version 11 px, of larger faces. */
const NOSE_EDGE = 9;

/**
 * The squares of the 29 regions in pixels of the image that the landmarks lie in; they may reach over its border.
 *
 * @param landmarks 468 FaceMesh points, x0, y0, x1, y1, …; the centre of the first pixel is (0.5, 0.5).
 */
export function regionBoxes(landmarks: Float32Array): Record<RegionName, PixelBox> {
  const boxes = {} as Record<RegionName, PixelBox>;
  for (const name of REGION_NAMES) boxes[name] = place(landmarks, PLACES[name]);
  return boxes;
}

/** The square around the nose tip whose mean flow is subtracted everywhere. */
export function noseBox(landmarks: Float32Array): PixelBox {
  return place(landmarks, { landmarks: [NOSE_TIP], edge: NOSE_EDGE });
}

function place(landmarks: Float32Array, region: RegionPlace): PixelBox {
  const { scale, right, down } = faceAxes(landmarks);
  let x = 0;
  let y = 0;
  for (const index of region.landmarks) {
    const [px, py] = landmark(landmarks, index);
    x += px / region.landmarks.length;
    y += py / region.landmarks.length;
  }
  const along = (region.right ?? 0) * scale;
  const below = (region.down ?? 0) * scale;
  x += along * right[0] + below * down[0];
  y += along * right[1] + below * down[1];
  const edge = Math.max(2, Math.round(region.edge * scale));
  return { x: Math.round(x - edge / 2), y: Math.round(y - edge / 2), width: edge, height: edge };
}
