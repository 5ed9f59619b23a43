export { Metrics, type Stage } from './metrics.js';
export { createLogger, type Logger } from './log.js';
