/**
 * Why flow could not be had.
 * - `flow_model_missing`: there is no trained model in the folder.
 * - `flow_model_damaged`: its file is not the one that its card names (SHA-256).
 * - `flow_model_invalid`: its card or its interface is not MEFlowNet's.
 * - `flow_input_invalid`: crops or landmarks of the wrong size, or with values that are not numbers.
 * - `flow_output_invalid`: the model gave numbers that are not finite.
 * - `flow_file_invalid`: a .flo file is damaged or none.
 * - `image_unreadable`, `image_too_small`, `image_too_large`: a picture can't be used.
 */
export type FlowErrorCode =
  | 'flow_model_missing'
  | 'flow_model_damaged'
  | 'flow_model_invalid'
  | 'flow_input_invalid'
  | 'flow_output_invalid'
  | 'flow_file_invalid'
  | 'image_unreadable'
  | 'image_too_small'
  | 'image_too_large';

/** A failure of the flow stage, told in a sentence with its fix. */
export class FlowError extends Error {
  override readonly name = 'FlowError';
  readonly code: FlowErrorCode;

  constructor(code: FlowErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.code = code;
  }
}
