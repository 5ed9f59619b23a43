/** Milliseconds by which the clock may be ahead of the elapsed time before it is distrusted. */
const LEAP = 86_400_000;
/** Milliseconds of uptime after which a clock that stayed ahead is trusted. */
const CONFIRMED_AFTER = 86_400_000;
/** Share of the sessions that may be erased by age at a time whatever the clock did. */
const FEW = 0.1;

/** Input of {@link ClockGuard.trusts}. */
export interface ClockReading {
  /** The clock now, ms since the epoch. */
  readonly now: number;
  /** The clock when it was last trusted, by this process or one before it; undefined where nobody knows. */
  readonly seen: number | undefined;
  /** Sessions that would be erased for their age, and sessions in all. */
  readonly erasing: number;
  readonly total: number;
}

/**
 * Keeps a wrong clock from erasing everything: one that is more than a day ahead of the last time it was trusted, and of what has
 * passed since, erases no more than a tenth of the sessions until it has stayed so for a day of uptime. A machine that was really
 * off for a month thus erases a day late; a clock that is set right meanwhile erases nothing.
 */
export class ClockGuard {
  readonly #uptime: () => number;
  /** The clock when it was last trusted by this process, and the uptime then. */
  #trusted: { readonly clock: number; readonly uptime: number } | undefined;
  #heldSince: number | undefined;

  /** @param uptime a clock that nobody sets, ms */
  constructor(uptime: () => number = () => performance.now()) {
    this.#uptime = uptime;
  }

  /** Whether erasure by age is suspended. */
  get held(): boolean {
    return this.#heldSince !== undefined;
  }

  /** Whether what is too old by this clock may be erased now. */
  trusts({ now, seen, erasing, total }: ClockReading): boolean {
    const uptime = this.#uptime();
    const expected = this.#trusted ? this.#trusted.clock + uptime - this.#trusted.uptime : seen;
    const leaps = expected !== undefined && now - expected > LEAP && erasing > total * FEW;
    if (leaps) {
      this.#heldSince ??= uptime;
      if (uptime - this.#heldSince < CONFIRMED_AFTER) return false;
    }
    this.#heldSince = undefined;
    this.#trusted = { clock: now, uptime };
    return true;
  }
}
