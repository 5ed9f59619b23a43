import { RetryableError } from '../common/retryable-error.js';

/** Why no description came from where it was asked. */
export type LlmErrorCode =
  | 'llm_unreachable'
  | 'llm_connect_timeout'
  | 'llm_first_token_timeout'
  | 'llm_timeout'
  | 'llm_overloaded'
  | 'llm_refused'
  | 'llm_server_failed'
  | 'llm_cut'
  | 'llm_garbage'
  | 'llm_answer_too_long'
  | 'llm_unparsable'
  | 'llm_queue_full'
  | 'llm_paused'
  | 'llm_aborted'
  | 'llm_no_image'
  | 'llm_setting'
  | 'llm_model_missing'
  | 'llm_model_damaged'
  | 'llm_closed';

/** A description that could not be had; `code` is stable. */
export class LlmError extends RetryableError<LlmErrorCode> {
  override readonly name = 'LlmError';
}
