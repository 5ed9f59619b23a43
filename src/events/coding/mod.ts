export { CodingError, recordingName, type CodedWindow, type Coder, type Coding, type Verdict } from './coded-window.js';
export { readCoding } from './read-coding.js';
