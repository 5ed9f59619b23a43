import { boundsOf } from '../fields/face-field.js';
import { fitAffine, type Affine } from './affine.js';
import type { Injection } from './draw-injections.js';

/** An injection on the face as it is in one frame: the field follows the head by the affine map of all landmarks. */
export class PlacedField {
  /** The rectangle outside which nothing moves, px of the frame. */
  readonly box: { readonly x0: number; readonly y0: number; readonly x1: number; readonly y1: number };
  readonly #injection: Injection;
  readonly #toField: Affine;
  readonly #strength: number;

  /** @param points landmarks of this frame; @param strength 0..1 */
  constructor(injection: Injection, points: Float32Array, strength: number) {
    this.#injection = injection;
    this.#strength = strength;
    this.#toField = fitAffine(points, injection.points);
    const { field } = injection;
    const corners = [0, 1].flatMap((i) =>
      [0, 1].flatMap((j) => this.#toFrame(field.x0 + i * (field.columns - 1) * field.step, field.y0 + j * (field.rows - 1) * field.step)),
    );
    this.box = boundsOf(Float32Array.from(corners));
  }

  /** By how much what lies at (x, y) px of the untouched frame is moved, px of the frame, into `out`. */
  at(x: number, y: number, out: Float64Array): void {
    const { a, b, c, d, tx, ty } = this.#toField;
    this.#injection.field.at(a * x + b * y + tx, c * x + d * y + ty, out);
    const u = (out[0]! * this.#strength) / (a * d - b * c),
      v = (out[1]! * this.#strength) / (a * d - b * c);
    out[0] = d * u - b * v;
    out[1] = a * v - c * u;
  }

  #toFrame(x: number, y: number): [number, number] {
    const { a, b, c, d, tx, ty } = this.#toField;
    const det = a * d - b * c;
    return [(d * (x - tx) - b * (y - ty)) / det, (a * (y - ty) - c * (x - tx)) / det];
  }
}
