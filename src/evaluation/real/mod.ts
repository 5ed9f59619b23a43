export { ExpressionLibrary } from './fields/expression-library.js';
export { evaluateMeter, type MeterEvaluation } from './meter/evaluate-meter.js';
export type { MeterFigures, MeterReport } from './meter/meter-report.js';
export { realClips, REAL_SPLITS, type RealClip, type RealSplit } from './people.js';
export { encodingNamed } from './streams/encoder-name.js';
export { LIGHTS, type Light } from './streams/light.js';
export type { Conditions } from './streams/run-pair.js';
export { PathCache } from './track/path-cache.js';
