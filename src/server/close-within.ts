import { settledWithin } from '../common/time-limit.js';
import type { Logger } from '../telemetry/mod.js';

/** Milliseconds that every step has, even past the deadline. */
const MIN_STEP_MS = 50;

/**
 * Runs the steps of a shutdown one after the other, within one common deadline, so that a step that hangs does not block the process.
 * A late step continues in the background; a failed one is logged.
 */
export class CloseWithin {
  readonly #deadline: number;
  readonly #log: Pick<Logger, 'warn'>;

  constructor(ms: number, log: Pick<Logger, 'warn'>) {
    this.#deadline = performance.now() + ms;
    this.#log = log;
  }

  /** Resolves when the step is done or timed out. Never rejects. */
  async step(name: string, step: () => Promise<unknown> | undefined): Promise<void> {
    const limit = Math.max(MIN_STEP_MS, this.#deadline - performance.now());
    const taken = (async () => {
      await step();
    })().catch((error: unknown) => {
      this.#log.warn({ step: name, err: error }, 'shutdown step failed');
    });
    if (!(await settledWithin(taken, limit))) this.#log.warn({ step: name }, 'shutdown step timed out');
  }
}
