export * from './aligned-face.js';
export { FaceTracker, type FaceTrackerOptions, type FaceTimings } from './tracker.js';
export { loadFaceModels, type FaceModels } from './face-models.js';
export { QUALITY_LIMITS } from './quality.js';
export { apply, compose, fitSimilarity, IDENTITY, invert, scaleOf } from './similarity.js';
export { FaceRegistrar } from './registration/registrar.js';
export { Kernels } from './registration/kernels.js';
export { KernelsError } from './registration/kernels-error.js';
export { benchRegistration } from './registration/registration.bench.js';
