export { CodingError, readCodedWindows } from './coded-window.js';
export { compareCoders, type Agreement } from './compare-coders.js';
