export { compareCoders, matchWindows, type Agreement } from './compare-coders.js';
export { timeSaved, type TimeSaved } from './time-saved.js';
