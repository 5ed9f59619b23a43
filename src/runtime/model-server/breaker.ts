/** When a breaker opens, and for how long. */
export interface BreakerOptions {
  /** Failures in a row that open it. Default 5. */
  readonly failures?: number;
  /** Milliseconds for which it stays open; doubled with every failed probe, at most eight times as long. Default 10 000. */
  readonly pause?: number;
  /** Milliseconds, monotonic. Default `performance.now`. */
  readonly now?: () => number;
  /** It opened (false), or closed again (true). */
  readonly onChange?: (closed: boolean) => void;
}

/**
 * Circuit breaker: a server that failed again and again is left alone for a while, then tried with one request.
 *
 *     closed ──failures──► open ──pause──► half open ──success──► closed
 *                            ◄──────failure──────┘
 */
export class Breaker {
  readonly #failures: number;
  readonly #pause: number;
  readonly #now: () => number;
  readonly #onChange: ((closed: boolean) => void) | undefined;
  #count = 0;
  #openUntil = 0;
  #openings = 0;
  #probing = false;

  constructor(options: BreakerOptions = {}) {
    this.#failures = options.failures ?? 5;
    this.#pause = options.pause ?? 10_000;
    this.#now = options.now ?? (() => performance.now());
    this.#onChange = options.onChange;
  }

  get state(): 'closed' | 'open' | 'half-open' {
    if (this.#openUntil === 0) return 'closed';
    return this.#now() < this.#openUntil ? 'open' : 'half-open';
  }

  /** Milliseconds until it may be tried again. */
  get wait(): number {
    return this.#openUntil === 0 ? 0 : Math.max(0, this.#openUntil - this.#now());
  }

  /** True where {@link enter} would let a request through now. */
  get ready(): boolean {
    return this.state === 'closed' || (this.state === 'half-open' && !this.#probing);
  }

  /** True where a request may go out now; a half-open breaker lets one through at a time. */
  enter(): boolean {
    if (!this.ready) return false;
    this.#probing = this.state === 'half-open';
    return true;
  }

  /** The request that entered did well. */
  succeeded(): void {
    const opened = this.#openUntil !== 0;
    this.#count = 0;
    this.#openUntil = 0;
    this.#openings = 0;
    this.#probing = false;
    if (opened) this.#onChange?.(true);
  }

  /**
   * The request that entered failed. `lasting`: nothing will change soon (a wrong key, a wrong model). `atOnce`: no further failure is
   * waited for.
   */
  failed({ lasting = false, atOnce = false }: { readonly lasting?: boolean; readonly atOnce?: boolean } = {}): void {
    this.#count++;
    if (this.#probing || lasting || atOnce || this.#count >= this.#failures) {
      const closed = this.#openUntil === 0;
      this.#openUntil = this.#now() + this.#pause * 2 ** Math.min(3, this.#openings + (lasting ? 2 : 0));
      this.#openings++;
      this.#probing = false;
      if (closed) this.#onChange?.(false);
    }
  }

  /** The request that entered was aborted by its caller, which says nothing about the server. */
  abandoned(): void {
    this.#probing = false;
  }
}
