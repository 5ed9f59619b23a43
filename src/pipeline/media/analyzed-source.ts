import type { FrameSource } from '../../ingest/contract.js';
import { LiveSource, type LiveFeed } from '../../ingest/live-source.js';
import type { WorkerClient } from '../../runtime/threads/mod.js';
import type { CropPair } from '../vision/vision.js';
import type { AnalyzedFrame, MediaHandlers, UnanalyzedFrame } from './media-protocol.js';

/** Takes what became of a session's frames. */
export interface AnalysisEvents {
  analyzed(frame: AnalyzedFrame): void;
  unanalyzed(frame: UnanalyzedFrame): void;
}

/** A source whose frames are analysed where they are decoded: results come in place of frames. */
export interface AnalyzingSource extends FrameSource {
  /** Before {@link FrameSource.start}. */
  listen(listener: AnalysisEvents): void;
  /** As {@link MediaHandlers.crops}. Rejects with `WorkerError`. */
  crops(face: string, onset: number, apex: number, asOf: number): Promise<CropPair | undefined>;
  /** Nobody asks for crops any more. */
  release(): void;
}

/** A publisher whose frames are analysed in the process that decodes them: results come in place of frames. */
export class AnalyzedSource extends LiveSource implements AnalyzingSource {
  readonly #worker: WorkerClient<MediaHandlers>;
  readonly #id: number;
  #listener: AnalysisEvents | undefined;

  constructor(feed: LiveFeed, worker: WorkerClient<MediaHandlers>, id: number) {
    super(feed);
    this.#worker = worker;
    this.#id = id;
  }

  /** Before {@link LiveSource.start}. */
  listen(listener: AnalysisEvents): void {
    this.#listener = listener;
  }

  /** As {@link MediaHandlers.crops}. Rejects with `WorkerError`. */
  crops(face: string, onset: number, apex: number, asOf: number): Promise<CropPair | undefined> {
    return this.#worker.call('crops', [this.#id, face, onset, apex, asOf]);
  }

  /** Lets the process forget the faces; after the last crops were asked for. */
  release(): void {
    void this.#worker.call('release', [this.#id]).catch(() => undefined);
  }

  override receive(event: string, args: readonly unknown[]): void {
    if (event === 'analyzed') this.#listener?.analyzed(args[0] as AnalyzedFrame);
    else if (event === 'unanalyzed') this.#listener?.unanalyzed(args[0] as UnanalyzedFrame);
    else super.receive(event, args);
    // Nobody has listened, so nobody will ask for crops and release it.
    if (event === 'end' && !this.#listener) this.release();
  }
}

export function isAnalyzed(source: FrameSource): source is AnalyzingSource {
  return 'listen' in source && 'crops' in source;
}
