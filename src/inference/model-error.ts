/**
 * A model can't be prepared or run. Codes: `model_source_missing`, `model_source_changed`, `model_unsupported`,
 * `model_cache_unwritable`, `model_runtime_missing`.
 */
export class ModelError extends Error {
  override readonly name = 'ModelError';
  readonly code: string;

  constructor(code: string, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.code = code;
  }
}
