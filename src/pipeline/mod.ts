export { runSession } from './session.js';
export type { RunningSession, SessionServices } from './session-services.js';
export type { SessionStats } from './session-stats.js';
export { startMediaPool, type MediaPool } from './media/media-pool.js';
export { openRecording, type RecordedSource } from './media/recorded-source.js';
export { VisionPool } from './vision/vision-pool.js';
export type { CropPair } from './vision/vision.js';
