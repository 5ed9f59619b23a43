import type { EndReason, Frame, FrameSource, SourceCounters, SourceEvents, VideoFormat } from './contract.js';
import { tell } from './source-events.js';

/** What a live source needs of the thread that feeds it. */
export interface LiveFeed {
  requestKeyframe(): void;
  close(reason: EndReason): void;
}

/** A publisher, as the pipeline sees it. Frames that come before {@link start} are dropped. */
export class LiveSource implements FrameSource {
  readonly kind = 'live';
  readonly lossless = false;
  /** Shared with the worker: how many frames main has taken. */
  readonly taken = new SharedArrayBuffer(4);
  readonly #taken = new Int32Array(this.taken);
  readonly #feed: LiveFeed;
  #events: SourceEvents | undefined;
  #format: VideoFormat | undefined;
  #missed = 0;
  #end: { readonly reason: EndReason; readonly message: string | undefined } | undefined;
  #closing = false;

  constructor(feed: LiveFeed) {
    this.#feed = feed;
  }

  /** True once `end` was, or is about to be, sent. */
  get over(): boolean {
    return this.#end !== undefined;
  }

  start(events: SourceEvents): void {
    if (this.#events) throw new Error('a source may be started once');
    this.#events = events;
    if (this.#format) tell(events, 'format', this.#format);
    if (this.#missed > 0) this.#feed.requestKeyframe();
    if (this.#end) tell(events, 'end', this.#end.reason, this.#end.message);
  }

  /** A live source does not wait, so there is nothing to acknowledge. */
  ack(): void {
    /* frames flow as they come */
  }

  requestKeyframe(): void {
    if (!this.#end) this.#feed.requestKeyframe();
  }

  close(reason: EndReason): void {
    if (this.#end || this.#closing) return;
    this.#closing = true;
    this.#feed.close(reason);
  }

  /** @internal Takes an event of the worker. */
  receive(event: string, args: readonly unknown[]): void {
    (this.input as Record<string, ((...args: readonly unknown[]) => void) | undefined>)[event]?.(...args);
  }

  /** @internal What the worker says. */
  readonly input = {
    format: (format: VideoFormat): void => {
      this.#format = format;
      tell(this.#events, 'format', format);
    },
    frame: (frame: Frame): void => {
      Atomics.add(this.#taken, 0, 1);
      if (this.#end) return;
      if (this.#events) tell(this.#events, 'frame', frame);
      else this.#missed++;
    },
    counters: (counters: SourceCounters): void => {
      tell(this.#events, 'counters', { ...counters, framesDropped: counters.framesDropped + this.#missed });
    },
    gap: (reason: string): void => {
      tell(this.#events, 'gap', reason);
    },
    fault: (code: string, message: string): void => {
      tell(this.#events, 'fault', code, message);
    },
    end: (reason: EndReason, message: string | undefined): void => {
      if (this.#end) return;
      this.#end = { reason, message };
      tell(this.#events, 'end', reason, message);
    },
  };
}
