/** The WASM kernels are not there or can't run. Code: `kernels_missing`. */
export class KernelsError extends Error {
  override readonly name = 'KernelsError';
  readonly code = 'kernels_missing';
}
