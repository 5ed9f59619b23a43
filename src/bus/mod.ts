export { InProcessBus } from './in-process-bus.js';
export type { EventBus, Replay } from './event-bus.js';
