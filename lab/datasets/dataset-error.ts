/**
 * - `dataset_unknown`: no loader of that name.
 * - `dataset_incomplete`: a file or folder that the layout has is missing.
 * - `dataset_invalid`: a coding table holds what it can't hold.
 */
export type DatasetErrorCode = 'dataset_unknown' | 'dataset_incomplete' | 'dataset_invalid';

/** A data set that can't be read; the message names the file and what to do. */
export class DatasetError extends Error {
  override readonly name = 'DatasetError';
  readonly code: DatasetErrorCode;

  constructor(code: DatasetErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.code = code;
  }
}
