export * from './contract.js';
export { FaceTracker } from './tracker.js';
export { loadFaceModels, type FaceModels } from './face-models.js';
export { explain } from './quality.js';
export { apply, fitSimilarity, invert, scaleOf } from '../common/similarity.js';
export { FaceRegistrar } from './registration/registrar.js';
export { Kernels } from './registration/kernels.js';
export { toCrop } from './crop-landmarks.js';
