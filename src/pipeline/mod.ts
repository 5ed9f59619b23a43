export { runSession } from './session.js';
export type { RunningSession, SessionServices } from './session-services.js';
export type { SessionStats } from './session-stats.js';
export type { WallClock } from './wall-clock.js';
export type { MediaPool } from './media/media-pool.js';
export { openRecording, type RecordedSource } from './media/recorded-source.js';
export { startAnalysis, type Analysis } from './stages/analysis.js';
export { iceServersOf, startMedia } from './stages/start-media.js';
export type { CropPair } from './vision/vision.js';
