/** A job that waits. */
export interface Waiting<J> {
  readonly job: J;
  readonly session: string;
  /** Milliseconds of the batcher's clock. */
  readonly queuedAt: number;
  readonly expiresAt: number;
}

/**
 * The batcher's waiting jobs, one line a session.
 *
 *     a: a1 a2 a3 a4        take(4, cap 2), turn at b  ->  b1 a1 c1 a2
 *     b: b1                 (one a session in turn; while others wait no session gets more than the cap)
 *     c: c1
 */
export class BatchQueue<E extends Waiting<unknown>> {
  /** Insertion order is the order of turns: a session that was served goes to the end. */
  readonly #lines = new Map<string, E[]>();
  #size = 0;

  get size(): number {
    return this.#size;
  }
  get sessions(): number {
    return this.#lines.size;
  }

  push(entry: E): void {
    const line = this.#lines.get(entry.session);
    if (line) line.push(entry);
    else this.#lines.set(entry.session, [entry]);
    this.#size++;
  }

  waitingOf(session: string): number {
    return this.#lines.get(session)?.length ?? 0;
  }

  /** The queuedAt of the job that waits longest; undefined when none waits. */
  oldest(): number | undefined {
    let oldest: number | undefined;
    for (const [first] of this.#lines.values()) if (first && (oldest === undefined || first.queuedAt < oldest)) oldest = first.queuedAt;
    return oldest;
  }

  /** The soonest deadline; undefined when none waits. */
  nextExpiry(): number | undefined {
    let next: number | undefined;
    for (const line of this.#lines.values())
      for (const entry of line) if (next === undefined || entry.expiresAt < next) next = entry.expiresAt;
    return next;
  }

  /** Jobs that a batch could hold now: while several sessions wait, at most `cap` of each. */
  available(cap: number): number {
    if (this.#lines.size < 2) return this.#size;
    let sum = 0;
    for (const line of this.#lines.values()) sum += Math.min(cap, line.length);
    return sum;
  }

  /** Takes at most `count` jobs, one a session in turn, oldest first within a session; at most `cap` of one while several wait. */
  take(count: number, cap: number): E[] {
    const limit = this.#lines.size < 2 ? Infinity : cap;
    const taken: E[] = [];
    const given = new Map<string, number>();
    const line = [...this.#lines.keys()];
    while (taken.length < count && line.length > 0) {
      const session = line.shift() ?? '';
      const entries = this.#lines.get(session);
      const entry = entries?.shift();
      if (!entries || !entry) continue;
      taken.push(entry);
      this.#size--;
      // Served: its next turn comes after everyone else's.
      this.#lines.delete(session);
      if (entries.length > 0) this.#lines.set(session, entries);
      const had = (given.get(session) ?? 0) + 1;
      given.set(session, had);
      if (entries.length > 0 && had < limit) line.push(session);
    }
    return taken;
  }

  /** Takes out every job that `wanted` says, oldest first within a session. */
  remove(wanted: (entry: E) => boolean): E[] {
    const removed: E[] = [];
    for (const [session, line] of this.#lines) {
      const kept = line.filter((entry) => !wanted(entry));
      if (kept.length === line.length) continue;
      removed.push(...line.filter((entry) => wanted(entry)));
      this.#size -= line.length - kept.length;
      if (kept.length > 0) this.#lines.set(session, kept);
      else this.#lines.delete(session);
    }
    return removed;
  }

  /** Takes out the oldest job of a session, or of the one with the most jobs waiting: who fills the queue pays for it. */
  evict(session = this.#longest()): E | undefined {
    const line = session === undefined ? undefined : this.#lines.get(session);
    const entry = line?.shift();
    if (!line || !entry) return undefined;
    this.#size--;
    if (line.length === 0) this.#lines.delete(entry.session);
    return entry;
  }

  #longest(): string | undefined {
    let longest: string | undefined;
    let most = 0;
    for (const [session, line] of this.#lines)
      if (line.length > most) {
        most = line.length;
        longest = session;
      }
    return longest;
  }
}
