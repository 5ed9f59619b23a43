import { fillWeights } from './sampling';

export { resample, samplePoints, rgbCrop, halve } from './crops';
export { smooth, gradients, sharpnessSums } from './filters';
export { residuals, absoluteMedian, normalEquations } from './normal';

/** First byte of memory that the code's own tables leave free. */
export const heapBase: usize = __heap_base;

/** To be called once before anything else. */
export function init(): void {
  fillWeights();
}
