import { colourMap, fullScale } from './colour-wheel.js';
import { expressionFlow, type FlowField } from './flow-field.js';
import { INPUT_SIZE, type ReportHandlers, type ReportJob } from './flow-messages.js';
import { headMotion } from './head-motion.js';
import { motionMap } from './motion-map.js';
import { encodePng, toBytes } from './png.js';
import { measureRegions, noseReferenced } from './region-motion.js';

/** The part of a flow report that is made of an estimate: regions, head motion, and pictures where they are kept. */
export async function makeReport({ estimate, crops, landmarks, keepImages }: ReportJob): ReturnType<ReportHandlers['report']> {
  const facial = field(estimate.facial);
  const head = field(estimate.head);
  const expression = expressionFlow(facial, head);
  const rois = measureRegions(expression, landmarks);
  const motion = headMotion(head, landmarks);
  if (!keepImages) return { rois, head: motion };
  const shown = noseReferenced(expression, landmarks);
  const scale = fullScale(shown);
  const png = (pixels: Uint8Array): Promise<Uint8Array<ArrayBuffer>> => encodePng(pixels, INPUT_SIZE, INPUT_SIZE);
  const [onset, apex, flow, map] = await Promise.all([
    png(toBytes(crops.onset)), png(toBytes(crops.apex)), png(colourMap(shown, scale)), png(motionMap(crops.onset, shown, scale)),
  ]);
  return { rois, head: motion, images: { onset, apex, flow, motion: map } };
}

function field(data: Float32Array): FlowField {
  return { width: INPUT_SIZE, height: INPUT_SIZE, data };
}
