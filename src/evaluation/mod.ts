export { nameOf, readClip, type ClipRead, type ClipSource } from './clips/clip-source.js';
export { measureClip, type MeasuredClip, type MeasureOptions } from './clips/measure-clip.js';
export { fileNameOf, SignalsFolder } from './clips/signals-folder.js';
export { EvaluationError, type EvaluationErrorCode } from './evaluation-error.js';
