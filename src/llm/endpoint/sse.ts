import { createParser } from 'eventsource-parser';
import { LlmError } from '../llm-error.js';

/** Longest event that is read, and longest unfinished line, characters. */
const MAX_EVENT = 262_144;

/**
 * The `data` of server-sent events (WHATWG HTML, section 9.2.6), wherever the chunks break.
 *
 *     const sse = new SseParser();
 *     for (const chunk of chunks) for (const data of sse.push(chunk)) handle(data);
 */
export class SseParser {
  readonly #decoder = new TextDecoder();
  #events: string[] = [];
  readonly #parser = createParser({
    maxBufferSize: MAX_EVENT,
    onEvent: ({ data }) => {
      this.#events.push(data);
    },
    onError: ({ type }) => {
      if (type === 'max-buffer-size-exceeded')
        throw new LlmError('llm_garbage', 'the server sends an endless line; it does not use the OpenAI streaming format');
    },
  });

  constructor() {
    // The decoder has dropped the byte order mark. The parser would look for one in the first chunk, if that has the whole of it.
    this.#parser.feed('');
  }

  /** @throws LlmError `llm_garbage` where an event does not end within 256 KiB. */
  push(chunk: Uint8Array): string[] {
    return this.#feed(this.#decoder.decode(chunk, { stream: true }));
  }

  /** The last event of a stream that ended without its empty line. */
  end(): string[] {
    return this.#feed('\n\n');
  }

  #feed(text: string): string[] {
    this.#parser.feed(text);
    const events = this.#events;
    this.#events = [];
    return events;
  }
}
