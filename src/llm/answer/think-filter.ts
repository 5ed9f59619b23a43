const OPEN = '<think>';
const CLOSE = '</think>';

/**
 * Takes the `<think>…</think>` that reasoning models (Qwen3) put before their answer out of a stream, wherever the pieces break.
 *
 *     const filter = new ThinkFilter();
 *     show(filter.push('<thi')); show(filter.push('nk>hm</think>AU')); show(filter.end());   // '', 'AU', ''
 */
export class ThinkFilter {
  #held = '';
  #thinking = false;

  /** What of the answer is certain to be text. */
  push(piece: string): string {
    this.#held += piece;
    let out = '';
    for (;;) {
      const mark = this.#thinking ? CLOSE : OPEN;
      const at = this.#held.indexOf(mark);
      if (at < 0) {
        const keep = overlap(this.#held, mark);
        if (!this.#thinking) out += this.#held.slice(0, this.#held.length - keep);
        this.#held = this.#held.slice(this.#held.length - keep);
        return out;
      }
      if (!this.#thinking) out += this.#held.slice(0, at);
      this.#held = this.#held.slice(at + mark.length);
      this.#thinking = !this.#thinking;
    }
  }

  /** The rest, when the stream is over: a half-open tag was text after all. */
  end(): string {
    const rest = this.#thinking ? '' : this.#held;
    this.#held = '';
    return rest;
  }
}

/** Length of the longest end of `text` that begins `mark`. */
function overlap(text: string, mark: string): number {
  for (let n = Math.min(text.length, mark.length - 1); n > 0; n--) if (text.endsWith(mark.slice(0, n))) return n;
  return 0;
}
