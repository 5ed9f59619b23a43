export { readFaceModels, type FaceModelName } from './face-model-files.js';
export { listModels } from './model-list.js';
export { OnnxRunner } from './onnx-runner.js';
