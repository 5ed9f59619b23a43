import { expressionFlow, zeroField, type FlowField } from '../flow-field.js';
import { INPUT_SIZE } from '../flow-messages.js';
import { noseReferenced } from '../region-motion.js';
import { faceMask } from './face-outline.js';
import { fitHead, headFlow } from './head-fit.js';

/** How the head's part was found: a rigid fit of the face's relief, or MEFlowNet's own head flow where there is no fit. */
export type HeadMethod = 'geometry' | 'network';

/** Facial flow taken apart. */
export interface SeparatedFlow {
  readonly facial: FlowField;
  readonly head: FlowField;
  /** What the face does that the head does not. */
  readonly expression: FlowField;
  readonly method: HeadMethod;
  /** px: how far the head's part may be off. */
  readonly headError: number;
}

/** px a degree: a person's relief differs from the mean one by some three pixels, which a turn shows as so much motion. */
const RELIEF_ERROR = 0.05;
/** px: MEFlowNet's error on pairs without expression. */
const NETWORK_ERROR = 0.06;

/**
 * Takes the head's part out of a flow estimate by geometry. What is left is drawn towards zero by as much as the fit may be off: the
 * square of a vector's length is too large by its error's, once for each axis (James & Stein's positive-part estimator). Motion that can't
 * be told from the head's is the head's.
 *
 * @param landmarks 468 FaceMesh points of the onset, crop pixels.
 */
export function separateHead(
  estimate: { readonly facial: Float32Array; readonly head: Float32Array },
  landmarks: Float32Array,
): SeparatedFlow {
  const facial = field(estimate.facial);
  const fit = fitHead(facial, landmarks);
  if (!fit) {
    const head = field(estimate.head);
    return {
      facial,
      head,
      expression: noseReferenced(expressionFlow(facial, head), landmarks),
      method: 'network',
      headError: NETWORK_ERROR,
    };
  }
  const headError = Math.hypot(fit.motion.residual, RELIEF_ERROR * fit.turn);
  const head = headFlow(fit);
  return {
    facial,
    head,
    expression: shrunk(facial, head, faceMask(landmarks, INPUT_SIZE, INPUT_SIZE), headError),
    method: 'geometry',
    headError,
  };
}

/** Inside the face; elsewhere there is no expression. */
function shrunk(facial: FlowField, head: FlowField, mask: Uint8Array, error: number): FlowField {
  const result = zeroField(facial.width, facial.height);
  const plane = facial.width * facial.height;
  for (let i = 0; i < plane; i++) {
    if (mask[i] !== 1) continue;
    const u = facial.data[i]! - head.data[i]!;
    const v = facial.data[plane + i]! - head.data[plane + i]!;
    const square = u * u + v * v;
    const share = square === 0 ? 0 : Math.max(0, 1 - (2 * error ** 2) / square);
    result.data[i] = share * u;
    result.data[plane + i] = share * v;
  }
  return result;
}

function field(data: Float32Array): FlowField {
  return { width: INPUT_SIZE, height: INPUT_SIZE, data };
}
