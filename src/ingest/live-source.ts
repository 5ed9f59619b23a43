import type { EndReason, FrameSource, SourceEvent, SourceListener } from './contract.js';
import { deliver, warnOfListener } from './source-events.js';

/** What a live source needs of the worker that feeds it. */
export interface LiveFeed {
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
  #listener: SourceListener | undefined;
  #format: SourceEvent | undefined;
  #missed = 0;
  #end: SourceEvent | undefined;
  #closing = false;

  constructor(feed: LiveFeed) {
    this.#feed = feed;
  }

  /** True once `end` was, or is about to be, sent. */
  get over(): boolean {
    return this.#end !== undefined;
  }

  start(listener: SourceListener): void {
    if (this.#listener) throw new Error('a source may be started once');
    this.#listener = listener;
    if (this.#format) deliver(listener, this.#format);
    if (this.#end) deliver(listener, this.#end);
  }

  /** A live source does not wait, so there is nothing to acknowledge. */
  ack(): void {
    /* frames flow as they come */
  }

  close(reason: EndReason): void {
    if (this.#end || this.#closing) return;
    this.#closing = true;
    this.#feed.close(reason);
  }

  /** @internal Passes an event of the worker on, of whatever type: a media process adds types that this stage does not know. */
  receive(event: SourceEvent): void {
    if (event.type === 'frame') Atomics.add(this.#taken, 0, 1);
    if (this.#end) return;
    if (event.type === 'format') this.#format = event;
    if (event.type === 'frame' && !this.#listener) this.#missed++;
    if (event.type === 'end') this.#end = event;
    try {
      this.#listener?.(event.type === 'counters' ? this.#withMissed(event) : event);
    } catch (error) {
      warnOfListener(event, error);
    }
    if (event.type === 'end' && !this.#listener) this.endedUnstarted();
  }

  /** The source ended before it was started. */
  protected endedUnstarted(): void {
    /* nothing to free */
  }

  /** Frames that came before anybody listened count as dropped. */
  #withMissed({ type, counters }: Extract<SourceEvent, { type: 'counters' }>): SourceEvent {
    return { type, counters: { ...counters, framesDropped: counters.framesDropped + this.#missed } };
  }
}
