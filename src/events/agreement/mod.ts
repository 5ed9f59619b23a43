export { compareCoders, type Agreement } from './compare-coders.js';
export { timeSaved, type TimeSaved } from './time-saved.js';
