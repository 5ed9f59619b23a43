import type { DeviceChoice, DeviceRequest } from '../runtime/inference/device.js';
import type { FlowReport, Luma } from './contract.js';

/** Edge of MEFlowNet's square input in pixels. */
export const INPUT_SIZE = 224;
/** Pixels of an input. */
export const INPUT_PIXELS = INPUT_SIZE * INPUT_SIZE;

/** Onset and apex crops, registered to one reference. */
export interface CropLuma {
  readonly onset: Luma;
  readonly apex: Luma;
}

/** What MEFlowNet says of one pair: u plane, then v plane, 224*224 each, px: onset(x) = apex(x + flow(x)). */
export interface FlowEstimate {
  readonly facial: Float32Array<ArrayBuffer>;
  readonly head: Float32Array<ArrayBuffer>;
}

/** The buffers of an estimate, to be moved rather than copied when it goes to another thread. */
export function buffersOf({ facial, head }: FlowEstimate): ArrayBuffer[] {
  return [facial.buffer, head.buffer];
}

/** What loading needs. */
export interface LoadOptions {
  readonly onnx: Uint8Array;
  readonly device: DeviceRequest;
  /** Padded batch sizes, ascending. */
  readonly sizes: readonly number[];
  /** Threads inside one operator, on the CPU. */
  readonly threads: number;
  /** Share of a pair's time that a batch of twice the size must save; undefined: by device. */
  readonly leastGain: number | undefined;
}

/** What was loaded, warm. */
export interface LoadedInfo {
  readonly choice: DeviceChoice;
  /** Measured milliseconds of a run by padded size. */
  readonly costs: Readonly<Record<number, number>>;
}

/** The batch's answers: `undefined` where the model gave numbers that are not finite. */
export interface BatchAnswer {
  readonly estimates: readonly (FlowEstimate | undefined)[];
  /** Milliseconds of the session's run alone. */
  readonly ms: number;
}

/** Methods of the inference thread. */
export type FlowHandlers = {
  load(options: LoadOptions): Promise<LoadedInfo>;
  run(pairs: readonly CropLuma[], size: number): Promise<BatchAnswer>;
};

/** One estimate to be measured. */
export interface ReportJob {
  readonly estimate: FlowEstimate;
  readonly crops: CropLuma;
  readonly landmarks: Float32Array;
  /** Of the apex, in the same crop; without them the report has no `shape`. */
  readonly apexLandmarks?: Float32Array;
  readonly includeImages: boolean;
}

/** Methods of the thread that measures regions and draws. */
export type ReportHandlers = {
  report(job: ReportJob): Promise<Pick<FlowReport, 'rois' | 'head' | 'shape' | 'images'>>;
};
