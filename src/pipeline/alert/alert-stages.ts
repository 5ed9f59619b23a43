import type { FlowReport, MeasureFlow } from '../../flow/contract.js';
import type { DescribeOptions } from '../../llm/describer.js';
import type { Description } from '../../llm/contract.js';
import type { CropPair } from '../vision/vision.js';

/** The stages behind the spotter. An annotation lacks what an absent stage would add. */
export interface AlertStages {
  /** The crops nearest to both moments; undefined where they are no longer held. */
  crops(face: string, onset: number, apex: number): Promise<CropPair | undefined>;
  readonly measure?: MeasureFlow | undefined;
  readonly describe?:
    | ((
        report: FlowReport,
        onText: (delta: string) => void,
        signal: AbortSignal,
        annotation: string,
        options: DescribeOptions,
      ) => Promise<Description>)
    | undefined;
  readonly storeImages?:
    ((session: string, annotation: string, pair: CropPair, report: FlowReport | undefined) => Promise<void>) | undefined;
}

/** Receives how the stages of alerts fared. */
export interface AlertReport {
  /** An alert opened. @param latency milliseconds since its apex frame arrived, where that is known */
  opened(latency: number | undefined): void;
  /** A stage answered, after `ms` milliseconds. */
  worked(stage: 'flow' | 'mellm', ms: number): void;
  failed(stage: 'flow' | 'mellm' | 'store', error: unknown): void;
}
