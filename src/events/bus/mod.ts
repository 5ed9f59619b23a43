export { InProcessBus } from './in-process-bus.js';
export { FROM_OLDEST, type EventBus, type Replay } from './event-bus.js';
export { BusError } from './bus-error.js';
