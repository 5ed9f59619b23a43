import { expect, it } from 'vitest';
import { whyGivenUp } from './failure-reason.js';

it('tells overload, lateness and failure apart', () => {
  const coded = (more: object): Error => Object.assign(new Error('x'), more);
  expect(whyGivenUp(coded({ code: 'bus_job_failed', reason: 'overload' }))).toBe('overload');
  expect(whyGivenUp(coded({ code: 'batch_overflow' }))).toBe('overload');
  expect(whyGivenUp(coded({ code: 'llm_queue_full' }))).toBe('overload');
  expect(whyGivenUp(coded({ code: 'batch_expired' }))).toBe('expired');
  expect(whyGivenUp(AbortSignal.abort(new DOMException('late', 'TimeoutError')).reason)).toBe('expired');
  expect(whyGivenUp(coded({ code: 'flow_output_invalid' }))).toBe('failed');
  expect(whyGivenUp('odd')).toBe('failed');
});
