export { ModelError } from './model-error.js';
export { readFaceModels, type FaceModelCard, type FaceModelName } from './face-model-files.js';
export { listModels, type ModelEntry } from './model-list.js';
export { OnnxRunner, type OnnxRunnerOptions } from './onnx-runner.js';
