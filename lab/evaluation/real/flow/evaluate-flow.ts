import { CROP_SIZE, type FaceModels } from '../../../../src/face/mod.js';
import { FlowEstimator } from '../../../../src/flow/mod.js';
import { faceMask } from '../../../../src/flow/head/face-outline.js';
import { mulberry32 } from '../../../../src/common/mulberry32.js';
import type { ExpressionLibrary } from '../fields/expression-library.js';
import { seedOf } from '../injections/seed-of.js';
import type { RealClip } from '../people.js';
import { withExpression } from './difference-truth.js';
import { endPointError, forwardBackward, medianFlow, medianOf, residualRatio } from './flow-measures.js';
import { flowMethods, type FlowMethod } from './flow-methods.js';
import { cropOf, movingPairs, type FacePair } from './moving-pairs.js';

/** Seconds from one pair to the next, and from onset to apex; of null clips more pairs. */
const PEOPLE = { every: 1, span: 0.2 };
const NULLS = { every: 0.4, span: 0.2 };

/** Medians over pairs, px of the crop; null where there is none. */
export interface FlowMetrics {
  readonly pairs: number;
  /** Difference of both crops that the flow leaves, over what there was. */
  readonly residual: number;
  /** Median over the face of forward plus backward flow. */
  readonly forwardBackward: number;
  /** One frame against itself with an expression warped in: the mean error, and where the truth is half of its peak or more. */
  readonly epe: number;
  readonly epeMoving: number;
  /** The same against the frame .2 s before: what the warp adds to the flow. */
  readonly epeUnderMotion: number;
  /** Of neutral faces that move: median over the face of the expression flow; and its 95th percentile over pairs. */
  readonly nullPairs: number;
  readonly nullExpression: number | null;
  readonly nullExpression95: number | null;
}

export interface FlowEvaluationOptions {
  readonly seeds: readonly number[];
  /** Clips of neutral faces that move. */
  readonly nullClips: readonly string[];
  readonly onClip?: (done: number, total: number) => void;
}

interface Measured {
  residual: number[];
  back: number[];
  epe: number[];
  moving: number[];
  under: number[];
  nulls: number[];
}

function nothingYet(): Measured {
  return { residual: [], back: [], epe: [], moving: [], under: [], nulls: [] };
}

/** Flow on real pairs, against exact differences, itself and nothing; the product's and a classical method. */
export async function evaluateRealFlow(
  models: FaceModels,
  library: ExpressionLibrary,
  clips: readonly RealClip[],
  { seeds, nullClips, onClip }: FlowEvaluationOptions,
): Promise<Readonly<Record<string, FlowMetrics>>> {
  const estimator = await FlowEstimator.start({ device: 'cpu', maxBatch: 1, maxWait: 0 });
  const methods = Object.entries(flowMethods(estimator)).map(([name, method]) => ({ name, method, into: nothingYet() }));
  const total = clips.length + nullClips.length;
  let done = 0;
  try {
    for (const { name, path } of clips) {
      const random = mulberry32(seedOf(name, seeds[0] ?? 1));
      for (const pair of await movingPairs(models, path, PEOPLE)) await measurePair(library, pair, methods, random);
      onClip?.(++done, total);
    }
    for (const path of nullClips) {
      for (const { onset, apex } of await movingPairs(models, path, NULLS)) {
        const mask = faceMask(onset.landmarks, CROP_SIZE, CROP_SIZE);
        for (const { method, into } of methods) into.nulls.push(medianFlow((await method.flow(onset, apex)).expression, mask));
      }
      onClip?.(++done, total);
    }
  } finally {
    await estimator.close();
  }
  return Object.fromEntries(methods.map(({ name, into }) => [name, metricsOf(into)]));
}

async function measurePair(
  library: ExpressionLibrary,
  { onset, apex }: FacePair,
  methods: readonly { readonly method: FlowMethod; readonly into: Measured }[],
  random: () => number,
): Promise<void> {
  const mask = faceMask(onset.landmarks, CROP_SIZE, CROP_SIZE);
  // Cut out alike, so that nothing but the warp differs.
  const [before, still] = [onset, apex].map((picture) => ({ ...picture, crop: cropOf(picture.frame, picture.toFrame) })) as [
    typeof onset,
    typeof apex,
  ];
  const { picture: warped, truth } = withExpression(library, apex, random);
  for (const { method, into } of methods) {
    const { facial } = await method.flow(before, still);
    into.residual.push(residualRatio(before.crop, still.crop, facial, mask));
    into.back.push(forwardBackward(facial, (await method.flow(still, before)).facial, mask));
    const { all, moving } = endPointError((await method.flow(still, warped)).facial, truth, mask);
    into.epe.push(all);
    into.moving.push(moving);
    const added = (await method.flow(before, warped)).facial.map((value, k) => value - facial[k]!);
    into.under.push(endPointError(added, truth, mask).all);
  }
}

function metricsOf({ residual, back, epe, moving, under, nulls }: Measured): FlowMetrics {
  const sorted = [...nulls].sort((a, b) => a - b);
  return {
    pairs: residual.length,
    residual: medianOf(residual),
    forwardBackward: medianOf(back),
    epe: medianOf(epe),
    epeMoving: medianOf(moving),
    epeUnderMotion: medianOf(under),
    nullPairs: nulls.length,
    nullExpression: nulls.length === 0 ? null : medianOf(nulls),
    nullExpression95: sorted[Math.floor(0.95 * sorted.length)] ?? null,
  };
}
