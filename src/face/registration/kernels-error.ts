/** The WASM kernels are missing or cannot run. Code: `kernels_missing`. */
export class KernelsError extends Error {
  override readonly name = 'KernelsError';
  readonly code = 'kernels_missing';
}
