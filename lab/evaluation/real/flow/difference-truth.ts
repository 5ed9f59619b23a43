import { CROP_SIZE } from '../../../../src/face/mod.js';
import type { ExpressionLibrary } from '../fields/expression-library.js';
import { FaceCanvas } from '../fields/face-field.js';
import { drawExpression, sharesOf } from '../injections/draw-expression.js';
import { PlacedField } from '../injections/placed-field.js';
import { Pulse } from '../injections/pulse.js';
import { pupilDistance, REFERENCE_PUPILS } from '../injections/pupils.js';
import { warpFrame } from '../injections/warp-frame.js';
import type { Planes } from './flow-methods.js';
import { cropOf, type FacePicture } from './moving-pairs.js';

/** Peaks, px on a face whose pupils are 76 px apart. */
const PEAKS = [0.7, 6] as const;

/** A picture of a face as it would be with an expression, and by how much each point of the untouched crop moved. */
export interface WarpedPicture {
  readonly picture: FacePicture;
  readonly truth: Planes;
  readonly peak: number;
}

/** Warps a drawn expression into a frame and cuts both out alike. The crop of the untouched frame is `cropOf(frame, toFrame)`. */
export function withExpression(library: ExpressionLibrary, picture: FacePicture, random: () => number): WarpedPicture {
  const { landmarks, toFrame, frame } = picture;
  const { a, b, tx, ty } = toFrame;
  const points = landmarks.map((value, i) =>
    i % 2 === 0 ? a * value - b * landmarks[i + 1]! + tx : b * landmarks[i - 1]! + a * value + ty,
  );
  const drawn = Math.exp(Math.log(PEAKS[0]) + random() * Math.log(PEAKS[1] / PEAKS[0]));
  const units = drawExpression(library, random);
  const field = new FaceCanvas(library, points)
    .field(sharesOf(library, units))
    .scaledTo((drawn * pupilDistance(points)) / REFERENCE_PUPILS);
  const placed = new PlacedField({ field, points, units, peak: drawn, peakInFrame: field.peak, pulse: new Pulse(0, 1, 2) }, points, 1);
  const truth = new Float32Array(2 * CROP_SIZE * CROP_SIZE),
    moved = new Float64Array(2),
    square = a * a + b * b;
  for (let k = 0; k < CROP_SIZE * CROP_SIZE; k++) {
    const x = (k % CROP_SIZE) + 0.5,
      y = Math.floor(k / CROP_SIZE) + 0.5;
    placed.at(a * x - b * y + tx, b * x + a * y + ty, moved);
    truth[k] = (a * moved[0]! + b * moved[1]!) / square;
    truth[CROP_SIZE * CROP_SIZE + k] = (a * moved[1]! - b * moved[0]!) / square;
  }
  return { truth, peak: field.peak / Math.sqrt(square), picture: { ...picture, crop: cropOf(warpFrame(frame, placed), toFrame) } };
}
