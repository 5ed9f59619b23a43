import type { BatchAnswer, CropLuma } from '../flow-messages.js';

/** Where a model is, and how it is asked; what the thread needs to know for each call, so that a new thread can take over at once. */
export interface ServerTarget {
  /** Address without `/v2`, without a slash at its end. */
  readonly url: string;
  readonly model: string;
  readonly version: string | undefined;
  readonly key: string | undefined;
  /** Milliseconds until an answer is whole. */
  readonly timeout: number;
}

/** What the server said of itself. */
export interface ServerFindings {
  /** Whether tensors go as bytes (binary tensor data extension) rather than as JSON. */
  readonly binary: boolean;
  /** SHA-256 of its model file, where it tells. */
  readonly sha256: string | undefined;
  /** Its name and version, for people. */
  readonly server: string;
}

/** Methods of the thread that talks to the server. */
export type ServedHandlers = {
  /** Asks whether it is ready, and what its model is. */
  look(target: ServerTarget): Promise<ServerFindings>;
  run(target: ServerTarget, binary: boolean, pairs: readonly CropLuma[], size: number): Promise<BatchAnswer>;
};
