/**
 * The flow stage: MEFlowNet between the onset and the apex crop of a window, and what is read from it.
 *
 * Flow is in pixels of the 224-px reference crop, u right and v down, onset(x) = apex(x + flow(x)); expression flow is facial minus
 * head. Region names tell the image's sides.
 */
export { FlowEstimator, type FlowEstimatorOptions, type FlowHooks, type FlowInfo } from './flow-estimator.js';
export type { FlowReport, MeasureFlow } from './contract.js';
export { BatchError, type BatchErrorCode } from '../runtime/inference/batcher-error.js';
export { FlowError, type FlowErrorCode } from './flow-error.js';
export { FlowServerError, type FlowServerErrorCode } from './served/server-error.js';
export type { FlowServerOptions } from './served/server-options.js';
export { INPUT_SIZE, type CropLuma, type FlowEstimate } from './flow-messages.js';
export { DEFAULT_MODEL_FOLDER, readFlowModel, type FlowModel } from './model-file.js';
export { clipBox, expressionFlow, zeroField, type FlowField, type PixelBox } from './flow-field.js';
export { REGION_NAMES, regionBoxes, type RegionName } from './regions.js';
export {
  DIRECTIONS,
  measureExpression,
  measureRegions,
  NO_DIRECTION,
  NO_MOTION,
  noseReferenced,
  SCATTERED_BELOW,
  STILL_BELOW,
} from './region-motion.js';
export { headMotion, type HeadMotion } from './head-motion.js';
export { measureSeparated } from './make-report.js';
export { separateHead, type HeadMethod, type SeparatedFlow } from './head/separate.js';
export { faceShape, type FaceShape, type ShapeChange } from './face-shape.js';
export { colourMap, flowColour, fullScale } from './colour-wheel.js';
export { motionMap } from './motion-map.js';
export { decodeFlo, encodeFlo, readFlo, writeFlo } from './flo-file.js';
export { readGrey, readRgb, toGrey, type GreyImage, type RgbImage } from './grey-image.js';
export { encodePng, toBytes } from './png.js';
export { placeExpression, placeHead, stretchFlow } from './place-flow.js';
export { resizeGrey } from './resize.js';
export { decodeBmp, isBmp } from './bmp.js';
