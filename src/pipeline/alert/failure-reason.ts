import type { FailureReason } from '../../events/schema.js';

/** Why a stage did not answer, from the codes of the queues before it and of the workers behind a bus. */
export function failureReasonOf(error: unknown): FailureReason {
  if (!(error instanceof Error)) return 'failed';
  if (error.name === 'TimeoutError') return 'expired';
  const word =
    'reason' in error && typeof error.reason === 'string'
      ? error.reason
      : 'code' in error && typeof error.code === 'string'
        ? error.code
        : '';
  if (/overload|overflow|queue_full/.test(word)) return 'overload';
  return /expired|timeout/.test(word) ? 'expired' : 'failed';
}
