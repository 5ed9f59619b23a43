/** A signals file that can't be used, or a table that can't be written as one. */
export class SignalsError extends Error {
  override readonly name = 'SignalsError';
  readonly code = 'signals_invalid';
}
