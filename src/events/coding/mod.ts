export { CodingError, recordingName, type CodedWindow, type Coder, type Coding } from './coded-window.js';
export { readCoding } from './read-coding.js';
