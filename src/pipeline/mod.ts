export { runSession, type RunningSession, type SessionOptions, type SessionServices } from './session.js';
export { VisionPool, type VisionPoolOptions } from './vision-pool.js';
export type { CropPair } from './vision.js';
