import type { FrameSource } from '../../ingest/contract.js';
import { LiveSource, type LiveFeed } from '../../ingest/live-source.js';
import type { WorkerClient } from '../../runtime/threads/mod.js';
import type { CropPair } from '../vision/vision.js';
import type { MediaHandlers } from './media-protocol.js';

/** A source whose frames are analysed where they are decoded: its listener receives results (`SourceMessage`) in place of frames. */
export interface AnalyzingSource extends FrameSource {
  /** As {@link MediaHandlers.crops}. Rejects with `WorkerError`. */
  crops(face: string, onset: number, apex: number, asOf: number): Promise<CropPair | undefined>;
  /** No crops will be requested any more. */
  release(): void;
}

/** A publisher whose frames are analysed in the process that decodes them. */
export class AnalyzedSource extends LiveSource implements AnalyzingSource {
  readonly #worker: WorkerClient<MediaHandlers>;
  readonly #id: number;

  constructor(feed: LiveFeed, worker: WorkerClient<MediaHandlers>, id: number) {
    super(feed);
    this.#worker = worker;
    this.#id = id;
  }

  crops(face: string, onset: number, apex: number, asOf: number): Promise<CropPair | undefined> {
    return this.#worker.call('crops', [this.#id, face, onset, apex, asOf]);
  }

  /** Lets the process forget the faces. */
  release(): void {
    void this.#worker.call('release', [this.#id]).catch(() => undefined);
  }

  /** No crops will be requested, and nobody else will release it. */
  protected override endedUnstarted(): void {
    this.release();
  }
}

export function isAnalyzed(source: FrameSource): source is AnalyzingSource {
  return 'crops' in source;
}
