export { EventLoopLag } from './event-loop-lag.js';
export { Metrics, type MetricsOptions, type Stage } from './metrics.js';
export { LogThrottle } from './log-throttle.js';
export { createLogger, type Logger } from './log.js';
export { startTracing, UNTRACED, type AlertTrace, type TraceAttributes, type Tracing } from './tracing.js';
