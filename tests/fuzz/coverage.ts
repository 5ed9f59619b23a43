import { Session, type Profiler } from 'node:inspector';

/** Which stretches of our own code ran, by V8's precise coverage: no instrumentation, no dependency. */
export class Coverage {
  readonly #session = new Session();
  readonly #seen = new Set<string>();

  constructor() {
    this.#session.connect();
    this.#post('Profiler.enable', {});
    this.#post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  /** Stretches that were seen so far. */
  get size(): number {
    return this.#seen.size;
  }

  /** Stretches that ran since the last call and never before it; they count as seen from now on unless `peek`. */
  fresh(peek = false): readonly string[] {
    const found: string[] = [];
    const { result } = this.#post('Profiler.takePreciseCoverage', {}) as Profiler.TakePreciseCoverageReturnType;
    for (const { url, functions } of result) {
      if (!url.includes('/src/') || url.includes('/node_modules/')) continue;
      for (const { ranges } of functions) {
        for (const { startOffset, endOffset, count } of ranges) {
          if (count === 0) continue;
          const key = `${url}:${String(startOffset)}:${String(endOffset)}`;
          if (!this.#seen.has(key)) found.push(key);
        }
      }
    }
    if (!peek) this.see(found);
    return found;
  }

  see(keys: readonly string[]): void {
    for (const key of keys) this.#seen.add(key);
  }

  /** A session of one's own thread answers at once. */
  #post(method: string, params: object): unknown {
    const answers: { readonly error: Error | null; readonly result: unknown }[] = [];
    this.#session.post(method, params, (error, result) => {
      answers.push({ error, result });
    });
    const [answer] = answers;
    if (!answer || answer.error) throw answer?.error ?? new Error(`${method} was not answered`);
    return answer.result;
  }
}
