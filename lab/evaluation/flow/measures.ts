import type { FlowField } from '../../../src/flow/flow-field.js';

/** The truth of one MEFlowDataset pair. */
export interface FlowTruth {
  readonly facial: FlowField;
  readonly head: FlowField;
  /** 1 where a pixel counts: inside the face oval of the onset, and seen in both frames. */
  readonly counted: Uint8Array;
}

/** px; where the true expression is longer, the expression *moves*. */
const MOVING_ABOVE = 0.5;
/** px; a pair whose true expression stays below everywhere is a null pair. */
const NULL_BELOW = 1e-3;

/** Names of the metrics, in the order of the table. */
export const MEASURES = [
  'epe',
  'epe_moving',
  'expression_epe',
  'expression_epe_moving',
  'angular_error',
  'null_expression',
  'zero_epe',
  'zero_expression_epe',
] as const;
export type Measure = (typeof MEASURES)[number];

/** The metrics of one pair; NaN where one is undefined (no motion, or not a null pair). */
export type PairMeasures = Readonly<Record<Measure, number>>;

/**
 * End-point errors (px) and angular error (degrees) of one estimate over the counted pixels. The same definitions as the comparison
 * in `training/`, so that metrics can be held side by side.
 *
 * - `epe`: facial flow; `epe_moving`: where the true expression exceeds 0.5 px.
 * - `expression_epe`, `expression_epe_moving`: the same of expression flow (facial − head).
 * - `angular_error`: between true and estimated expression where it moves (Barron et al.'s with the time axis would be blind below 1 px).
 * - `null_expression`: mean length of the estimated expression on a null pair.
 * - `zero_epe`, `zero_expression_epe`: what an estimate of no motion scores.
 */
export function measurePair(facial: FlowField, head: FlowField, truth: FlowTruth): PairMeasures {
  const plane = facial.width * facial.height;
  let counted = 0;
  let moving = 0;
  let longest = 0;
  const sum = { epe: 0, epeMoving: 0, expression: 0, expressionMoving: 0, angle: 0, length: 0, zero: 0, zeroExpression: 0 };
  for (let i = 0; i < plane; i++) {
    const fu = facial.data[i]!;
    const fv = facial.data[plane + i]!;
    const eu = fu - head.data[i]!;
    const ev = fv - head.data[plane + i]!;
    const tu = truth.facial.data[i]!;
    const tv = truth.facial.data[plane + i]!;
    const xu = tu - truth.head.data[i]!;
    const xv = tv - truth.head.data[plane + i]!;
    const trueLength = Math.hypot(xu, xv);
    // Whether a pair is null is asked of the whole picture.
    longest = Math.max(longest, trueLength);
    if (truth.counted[i] !== 1) continue;
    counted++;
    const error = Math.hypot(fu - tu, fv - tv);
    const expressionError = Math.hypot(eu - xu, ev - xv);
    const length = Math.hypot(eu, ev);
    sum.epe += error;
    sum.expression += expressionError;
    sum.length += length;
    sum.zero += Math.hypot(tu, tv);
    sum.zeroExpression += trueLength;
    if (trueLength <= MOVING_ABOVE) continue;
    moving++;
    sum.epeMoving += error;
    sum.expressionMoving += expressionError;
    sum.angle += (Math.acos(Math.max(-1, Math.min(1, (eu * xu + ev * xv) / (length * trueLength + 1e-9)))) * 180) / Math.PI;
  }
  return {
    epe: sum.epe / counted,
    epe_moving: sum.epeMoving / moving,
    expression_epe: sum.expression / counted,
    expression_epe_moving: sum.expressionMoving / moving,
    angular_error: sum.angle / moving,
    null_expression: longest < NULL_BELOW ? sum.length / counted : NaN,
    zero_epe: sum.zero / counted,
    zero_expression_epe: sum.zeroExpression / counted,
  };
}
