import type { FlowReport, MeasureFlow } from '../../flow/contract.js';
import type { AlertTrace } from '../../telemetry/mod.js';
import type { CropPair } from '../vision/vision.js';
import type { Boundaries } from './alert-state.js';
import type { AlertReport, AlertStages } from './alert-stages.js';
import { failureReasonOf } from './failure-reason.js';
import type { Measured } from './to-annotation.js';

interface MeasureOptions extends Boundaries {
  readonly session: string;
  readonly annotation: string;
  readonly face: string;
  readonly stages: AlertStages;
  readonly trace: AlertTrace;
  readonly report: AlertReport;
  /** Made when the crops are there, so that waiting for them doesn't count. */
  readonly signal: () => AbortSignal;
  /** False once another measurement, between boundaries that have moved since, has taken this one's place. */
  readonly isCurrent: () => boolean;
  readonly onMeasured: (flow: FlowReport) => void;
}

/** Measures flow between an alert's onset and apex and stores the images. Never rejects. */
export async function measureAlert(options: MeasureOptions): Promise<Measured> {
  const { session, annotation, face, onset, apex, stages, trace, report } = options;
  const { measure } = stages;
  try {
    const pair = await trace.step('crops', () => stages.crops(face, onset, apex));
    if (!pair) return { failure: 'no_crops' };
    const flow = measure && (await trace.step('flow', () => measure(requestOf(session, annotation, pair, options.signal()))));
    if (flow) report.worked('flow', flow.ms);
    if (!options.isCurrent()) return { report: flow };
    await trace.step('images', async () => {
      try {
        await stages.storeImages?.(session, annotation, pair, flow);
      } catch (error) {
        // The annotation doesn't depend on its images: a full disk must not hold it up.
        report.failed('store', error);
      }
    });
    if (flow) options.onMeasured(flow);
    return { report: flow };
  } catch (error) {
    report.failed('flow', error);
    return { failure: failureReasonOf(error) };
  }
}

function requestOf(session: string, annotation: string, pair: CropPair, signal: AbortSignal): Parameters<MeasureFlow>[0] {
  const { onset, apex, landmarks, apexLandmarks, onsetTime, apexTime } = pair;
  return {
    session,
    annotation,
    id: `${annotation}@${onsetTime.toFixed(3)}-${apexTime.toFixed(3)}`,
    onsetCrop: onset,
    apexCrop: apex,
    landmarks,
    apexLandmarks,
    includeImages: true,
    signal,
  };
}
