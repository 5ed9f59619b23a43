import { expect, it } from 'vitest';
import { failureReasonOf } from './failure-reason.js';

it('tells overload, lateness and failure apart', () => {
  const coded = (more: object): Error => Object.assign(new Error('x'), more);
  expect(failureReasonOf(coded({ code: 'bus_job_failed', reason: 'overload' }))).toBe('overload');
  expect(failureReasonOf(coded({ code: 'batch_overflow' }))).toBe('overload');
  expect(failureReasonOf(coded({ code: 'llm_queue_full' }))).toBe('overload');
  expect(failureReasonOf(coded({ code: 'batch_expired' }))).toBe('expired');
  expect(failureReasonOf(AbortSignal.abort(new DOMException('late', 'TimeoutError')).reason)).toBe('expired');
  expect(failureReasonOf(coded({ code: 'flow_output_invalid' }))).toBe('failed');
  expect(failureReasonOf('odd')).toBe('failed');
});
