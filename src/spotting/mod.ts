export { MotionEstimator, type MotionInput } from './motion/motion-estimator.js';
export { decodeTable, encodeTable, widthOf, type Column, type TableHeader } from './signals/float-table.js';
export { SignalsError } from './signals/signals-error.js';
export { decodeSignals, encodeSignals, SIGNAL_COLUMNS, type Signals } from './signals/signals-file.js';
export { Spotting, thresholdFor, type FaceSpotter, type SpotterControls, type SpottingOptions } from './face-spotter.js';
export { CLASSES, type TickLikelihoods } from './learned/likelihoods.js';
export { LearnedSpotter, type LearnedSpotterOptions } from './learned/learned-spotter.js';
export { readSpotterModel, SPOTTER_FOLDER, type SpotterModel } from './learned/model-file.js';
export { SpotterNet, type LikelihoodStream } from './learned/net.js';
export { SpotterError } from './learned/spotter-error.js';
export { SPOTTER_DEFAULTS, type SpotterOptions } from './rules/options.js';
export { Spotter } from './rules/spotter.js';
export {
  isReadable,
  MOTION_REGIONS,
  UNREADABLE,
  type MotionRegion,
  type MotionSample,
  type SpotterEvent,
  type Window,
} from './contract.js';
