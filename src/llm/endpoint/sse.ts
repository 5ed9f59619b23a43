import { LlmError } from '../llm-error.js';

/** Longest line of an event stream that is read, characters. */
const MAX_LINE = 262_144;

/**
 * The `data` of server-sent events (WHATWG HTML, section 9.2.6), wherever the chunks break; comments, names and ids are skipped.
 *
 *     const sse = new SseParser();
 *     for (const chunk of chunks) for (const data of sse.push(chunk)) handle(data);
 */
export class SseParser {
  readonly #decoder = new TextDecoder();
  #line = '';
  #data: string[] = [];

  /** @throws LlmError `llm_garbage` where a line does not end within 256 KiB. */
  push(chunk: Uint8Array): string[] {
    this.#line += this.#decoder.decode(chunk, { stream: true });
    const events: string[] = [];
    // A carriage return at the very end may be half of CR LF.
    const lines = this.#line.split(/\r\n|\n|\r(?!$)/);
    this.#line = lines.pop() ?? '';
    for (const line of lines) this.#take(line, events);
    if (this.#line.length > MAX_LINE)
      throw new LlmError('llm_garbage', 'the server sends an endless line; it does not use the OpenAI streaming format');
    return events;
  }

  /** What a stream that broke off without its last empty line still gave. */
  end(): string[] {
    const events: string[] = [];
    this.#take(this.#line.replace(/\r$/, ''), events);
    this.#take('', events);
    this.#line = '';
    return events;
  }

  #take(line: string, events: string[]): void {
    if (line === '') {
      if (this.#data.length > 0) events.push(this.#data.join('\n'));
      this.#data = [];
    } else if (line.startsWith('data:')) this.#data.push(line.slice(line[5] === ' ' ? 6 : 5));
  }
}
