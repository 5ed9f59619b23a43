/**
 * - `clip_unreadable`: a clip of a data set can't be read.
 * - `truth_invalid`: a clip's truth can't be right.
 * - `spotter_unknown`: no spotter of that name.
 * - `signals_unwritable`: what was measured can't be written to the signals folder.
 * - `condition_unknown`: no such condition to measure under.
 */
export type EvaluationErrorCode = 'clip_unreadable' | 'truth_invalid' | 'spotter_unknown' | 'signals_unwritable' | 'condition_unknown';

/** An evaluation that can't go on. */
export class EvaluationError extends Error {
  override readonly name = 'EvaluationError';
  readonly code: EvaluationErrorCode;

  constructor(code: EvaluationErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.code = code;
  }
}
