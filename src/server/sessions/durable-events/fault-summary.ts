/** Suppressed events since the last summary, by code. */
export class FaultSummary {
  readonly #counts = new Map<string, number>();

  get empty(): boolean {
    return this.#counts.size === 0;
  }

  add(code: string): void {
    this.#counts.set(code, (this.#counts.get(code) ?? 0) + 1);
  }

  /** Returns e.g. `31 events suppressed: …: decode_failed 30, format_changed 1`, and resets the counts. */
  take(): string {
    const entries = [...this.#counts].sort(([, a], [, b]) => b - a);
    this.#counts.clear();
    const total = entries.reduce((sum, [, count]) => sum + count, 0);
    return `${String(total)} events suppressed because this publisher causes too many: ${entries.map(([code, count]) => `${code} ${String(count)}`).join(', ')}`;
  }
}
