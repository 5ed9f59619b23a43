/** Lets one log line a key and interval through, and counts those between: what a publisher causes must not fill a disk with its log. */
export class LogThrottle {
  readonly #interval: number;
  readonly #now: () => number;
  readonly #lines = new Map<string, { at: number; suppressed: number }>();

  /** @param interval milliseconds */
  constructor(interval = 1000, now: () => number = () => performance.now()) {
    this.#interval = interval;
    this.#now = now;
  }

  /** Fields for the line that may be written now, with the number left out before it; `undefined` where it is to be left out. */
  pass(key: string): { readonly suppressed?: number } | undefined {
    const line = this.#lines.get(key);
    if (line && this.#now() - line.at < this.#interval) {
      line.suppressed++;
      return undefined;
    }
    this.#lines.set(key, { at: this.#now(), suppressed: 0 });
    return line && line.suppressed > 0 ? { suppressed: line.suppressed } : {};
  }
}
