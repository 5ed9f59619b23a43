export { CodingError, recordingName, type CodedWindow } from './coded-window.js';
export { readCodedWindows } from './read-coding.js';
