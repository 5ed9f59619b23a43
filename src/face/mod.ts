export * from './contract.js';
export { FaceTracker, type FaceTrackerOptions, type FaceTimings } from './tracker.js';
export { loadFaceModels, type FaceModels } from './face-models.js';
export { explain, QUALITY_LIMITS } from './quality.js';
export { apply, compose, fitSimilarity, IDENTITY, invert, scaleOf } from './similarity.js';
export { FaceRegistrar } from './registration/registrar.js';
export { Kernels } from './registration/kernels.js';
export { KernelsError } from './registration/kernels-error.js';
export { toCrop } from './crop-landmarks.js';
