/** Milliseconds of text that travel together: a token an event would fill the log that viewers replay. */
const TOGETHER = 100;
/** Characters in one piece at most (the event schema's bound). */
const LONGEST = 4096;

/** Gathers a language model's tokens into pieces, at most ten a second; nothing is lost, and nothing comes after {@link end}. */
export class TextStream {
  readonly #send: (delta: string) => void;
  #waiting = '';
  #timer: NodeJS.Timeout | undefined;
  #ended = false;

  constructor(send: (delta: string) => void) {
    this.#send = send;
  }

  add(delta: string): void {
    if (this.#ended) return;
    this.#waiting += delta;
    this.#timer ??= setTimeout(() => {
      this.#flush();
    }, TOGETHER);
  }

  /** Sends what waits. Idempotent. */
  end(): void {
    this.#flush();
    this.#ended = true;
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (let from = 0; from < this.#waiting.length; from += LONGEST) this.#send(this.#waiting.slice(from, from + LONGEST));
    this.#waiting = '';
  }
}
