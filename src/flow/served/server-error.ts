import { RetryableError } from '../../common/retryable-error.js';

/**
 * Why a server gave no flow.
 * - `flow_server_setting`: a setting can't work.
 * - `flow_server_unreachable`: no connection.
 * - `flow_server_timeout`: it had not answered in time.
 * - `flow_server_cut`: it closed the connection before its answer was whole.
 * - `flow_server_refused`: it answered 3xx or 4xx.
 * - `flow_server_failed`: it answered 5xx.
 * - `flow_server_overloaded`: it answered 429 or 503.
 * - `flow_server_not_ready`: it says that it is not ready.
 * - `flow_server_garbage`: its answer can't be read.
 * - `flow_server_too_long`: its answer is longer than it can be.
 * - `flow_server_mismatch`: its model is not MEFlowNet: names, shapes, datatypes, or what it computes.
 * - `flow_server_not_finite`: its answer holds numbers that are not finite.
 * - `flow_server_paused`: it failed, and is left alone for now.
 */
export type FlowServerErrorCode =
  | 'flow_server_setting'
  | 'flow_server_unreachable'
  | 'flow_server_timeout'
  | 'flow_server_cut'
  | 'flow_server_refused'
  | 'flow_server_failed'
  | 'flow_server_overloaded'
  | 'flow_server_not_ready'
  | 'flow_server_garbage'
  | 'flow_server_too_long'
  | 'flow_server_mismatch'
  | 'flow_server_not_finite'
  | 'flow_server_paused';

/** A failure of the server that computes flow, told in a sentence with its fix. */
export class FlowServerError extends RetryableError<FlowServerErrorCode> {
  override readonly name = 'FlowServerError';
}

/** True where time may fix it: the server is away, starting, or has too much to do. */
export function mayPass(code: string): boolean {
  return [
    'flow_server_unreachable',
    'flow_server_timeout',
    'flow_server_cut',
    'flow_server_failed',
    'flow_server_overloaded',
    'flow_server_not_ready',
  ].includes(code);
}
