import type { RegionMotion } from '../events/schema.js';
import { colourMap, fullScale } from './colour-wheel.js';
import { faceShape } from './face-shape.js';
import { lidGap } from './lid-gap.js';
import { browMotion, withBrows } from './head/landmark-motion.js';
import { INPUT_SIZE, type ReportHandlers, type ReportJob } from './flow-messages.js';
import { matchError } from './head/match-error.js';
import { separateHead, type SeparatedFlow } from './head/separate.js';
import { headMotion } from './head-motion.js';
import { motionMap } from './motion-map.js';
import { encodePng } from './png.js';
import { measureExpression } from './region-motion.js';
import type { PixelBox } from './flow-field.js';
import type { CropLuma } from './flow-messages.js';

/** px: what MEFlowNet errs by where nothing moves and everything matches. */
const NETWORK_SIGMA = 0.06;
/** Of the match error of a region, by which flow is off there. Both from still regions of moving faces (docs/flow.md). */
const MATCH_SHARE = 0.3;

/** The part of a flow report that is made of an estimate: regions, head motion, and pictures where they are kept. */
export async function makeReport({
  estimate,
  crops,
  landmarks,
  apexLandmarks,
  includeImages,
}: ReportJob): ReturnType<ReportHandlers['report']> {
  const flow = separateHead(estimate, landmarks);
  const regions = measureSeparated(flow, crops, landmarks);
  const report = {
    rois: apexLandmarks ? withBrows(regions, browMotion(landmarks, apexLandmarks)) : regions,
    head: { ...headMotion(flow.head, landmarks), method: flow.method },
    ...(apexLandmarks
      ? { shape: { onset: faceShape(landmarks), apex: faceShape(apexLandmarks), lids: lidGap(flow.facial, landmarks) } }
      : {}),
  };
  if (!includeImages) return report;
  const scale = fullScale(flow.expression);
  const png = (pixels: Uint8Array): Promise<Uint8Array<ArrayBuffer>> => encodePng(pixels, INPUT_SIZE, INPUT_SIZE);
  const [colours, map] = await Promise.all([png(colourMap(flow.expression, scale)), png(motionMap(crops.onset, flow.expression, scale))]);
  return { ...report, images: { flow: colours, motion: map } };
}

/**
 * The 29 regions of a face whose head was taken out, each with its error. @throws {RangeError} where the landmarks are not 468 finite
 * points.
 */
export function measureSeparated(flow: SeparatedFlow, crops: CropLuma, landmarks: Float32Array): RegionMotion[] {
  return measureExpression(flow.expression, landmarks, (box) => errorOf(flow, crops, box));
}

/** px: standard error of a region's motion, from the network's noise, how well flow matches the pictures there, and the head's part. */
function errorOf({ facial, headError }: SeparatedFlow, { onset, apex }: CropLuma, box: PixelBox): number {
  return Math.hypot(NETWORK_SIGMA, MATCH_SHARE * matchError(onset, apex, facial, box), headError);
}
