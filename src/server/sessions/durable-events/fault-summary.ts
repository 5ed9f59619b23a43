/** Events that were left out, by their code, since the last summary. */
export class FaultSummary {
  readonly #counts = new Map<string, number>();

  get empty(): boolean {
    return this.#counts.size === 0;
  }

  add(code: string): void {
    this.#counts.set(code, (this.#counts.get(code) ?? 0) + 1);
  }

  /** A sentence for people, e.g. `31 events were left out: decode_failed 30, format_changed 1`; begins again from nothing. */
  take(): string {
    const entries = [...this.#counts].sort(([, a], [, b]) => b - a);
    this.#counts.clear();
    const total = entries.reduce((sum, [, count]) => sum + count, 0);
    return `${String(total)} events were left out, since this publisher causes too many: ${entries.map(([code, count]) => `${code} ${String(count)}`).join(', ')}`;
  }
}
