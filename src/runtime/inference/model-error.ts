/** A model can't be loaded or run. Codes: `model_missing`, `model_damaged`, `model_invalid`, `model_runtime_missing`. */
export class ModelError extends Error {
  override readonly name = 'ModelError';
  readonly code: string;

  constructor(code: string, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.code = code;
  }
}
