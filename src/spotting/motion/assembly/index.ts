export { templateSums } from './template-sums';
export { smoothBox } from './smooth-box';

/** First byte of memory that the code's own tables leave free. */
export const heapBase: usize = __heap_base;
