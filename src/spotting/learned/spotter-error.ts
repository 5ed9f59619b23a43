/** The learned spotter is not available; `code` is stable, the message names the file and the fix. */
export class SpotterError extends Error {
  override readonly name = 'SpotterError';

  constructor(
    readonly code: 'spotter_model_missing' | 'spotter_model_damaged' | 'spotter_model_invalid' | 'calibration_unreadable',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
