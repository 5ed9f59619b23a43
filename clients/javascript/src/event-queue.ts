import type { Event } from '../../../src/events/schema.js';
import type { EventStream, StreamState } from './event-stream.js';

/** Events that may wait for the reader. */
const MOST_WAITING = 1000;

/** Opens a stream that resumes after `since`. */
export type OpenStream = (since: number, onEvent: (event: Event) => void, onState: (state: StreamState) => void) => EventStream;

/**
 * Events to read one by one. A reader who is slower than the session loses ephemeral events, which are counted, and no durable one: while
 * too many wait, the stream is closed, and it resumes where it stood once they are read.
 */
export class EventQueue implements AsyncIterable<Event> {
  /** Ephemeral events left out because the reader was slow. */
  dropped = 0;
  readonly #open: OpenStream;
  readonly #signal: AbortSignal | undefined;
  readonly #waiting: Event[] = [];
  #stream: EventStream | undefined;
  #since: number;
  #ended = false;
  #failure: Error | undefined;
  #wake = (): void => undefined;

  constructor(open: OpenStream, since: number, signal?: AbortSignal) {
    this.#open = open;
    this.#since = since;
    this.#signal = signal;
    signal?.addEventListener('abort', () => {
      this.#end();
    });
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Event> {
    try {
      for (;;) {
        this.#signal?.throwIfAborted();
        const event = this.#waiting.shift();
        if (event) {
          yield event;
          continue;
        }
        if (this.#failure) throw this.#failure;
        if (this.#ended) return;
        this.#stream ??= this.#start();
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    } finally {
      this.#end();
    }
  }

  #start(): EventStream {
    return this.#open(
      this.#since,
      (event) => {
        this.#take(event);
      },
      (state) => {
        if (state.phase !== 'closed' || state.reason === 'stopped') return;
        if (state.reason === 'refused') this.#failure = new Error(state.message ?? 'the server refuses to show this session');
        this.#end();
      },
    );
  }

  #take(event: Event): void {
    const full = this.#waiting.length >= MOST_WAITING;
    if ('seq' in event) this.#since = event.seq;
    else if (full) {
      this.dropped++;
      return;
    }
    this.#waiting.push(event);
    this.#wake();
    if (!full || this.#ended) return;
    this.#stream?.close();
    this.#stream = undefined;
  }

  #end(): void {
    this.#ended = true;
    this.#stream?.close();
    this.#wake();
  }
}
