import { undefinedIfAborted } from '../../common/time-limit.js';
import type { FlowReport } from '../../flow/contract.js';
import type { AlertTrace } from '../../telemetry/mod.js';
import type { AlertReport, AlertStages } from './alert-stages.js';
import { failureReasonOf } from './failure-reason.js';
import { TextStream } from './text-stream.js';
import type { Described } from './to-annotation.js';

interface AlertDescribeOptions {
  readonly annotation: string;
  readonly describe: NonNullable<AlertStages['describe']>;
  /** A recording's alert waits for a slow server rather than take another model's answer. */
  readonly patient: boolean;
  readonly trace: AlertTrace;
  readonly report: AlertReport;
  readonly signal: AbortSignal;
  readonly onText: (delta: string) => void;
}

/** Has MELLM describe an alert and streams its text. Never rejects; without result or failure where the signal was aborted. */
export async function describeAlert(flow: FlowReport, options: AlertDescribeOptions): Promise<Described> {
  const { annotation, describe, patient, trace, report, signal } = options;
  const text = new TextStream(options.onText);
  let first = true;
  const onText = (delta: string): void => {
    if (first) trace.event('first text');
    first = false;
    text.add(delta);
  };
  try {
    const description = await undefinedIfAborted(
      trace.step('mellm', () => describe(flow, onText, signal, annotation, { patient })),
      signal,
    );
    if (description) report.worked('mellm', description.ms);
    return { description };
  } catch (error) {
    report.failed('mellm', error);
    return { failure: failureReasonOf(error) };
  } finally {
    text.end();
  }
}
