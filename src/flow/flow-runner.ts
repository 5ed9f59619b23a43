import type { BatchAnswer, CropLuma } from './flow-messages.js';

/** A batch's answers, and where they were computed: `cpu`, `cuda`, `webgpu` or `server`. */
export interface RunnerAnswer extends BatchAnswer {
  readonly device: string;
}

/** Whoever computes batches: ONNX Runtime in a thread of this process, or a server. */
export interface FlowRunner {
  /** Devices that answers may come from. */
  readonly devices: readonly string[];
  /** Measured milliseconds of a batch by padded size, of the device that is in use. */
  readonly costs: Readonly<Record<number, number>>;
  /** `size`: the padded size, one of those that were warmed. */
  run(pairs: readonly CropLuma[], size: number): Promise<RunnerAnswer>;
  /** Idempotent. */
  close(): Promise<void>;
}
