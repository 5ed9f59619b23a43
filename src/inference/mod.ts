export { ModelError } from './model-error.js';
export { FACE_MODELS, faceModel, type FaceModel, type FaceModelName } from './registry.js';
export { prepareModels, defaultCacheDir, type PrepareModelsOptions, type PreparedModels } from './model-store.js';
export { listModels, type ModelEntry } from './model-list.js';
export { OnnxRunner, type OnnxRunnerOptions } from './onnx-runner.js';
