import type { Logger } from '../telemetry/mod.js';

/** Milliseconds that a step has even when those before it took all the time there was. */
const LEAST_MS = 50;

/**
 * Takes steps of an ending one after the other, and waits for none beyond one common deadline: whoever stopped a server wants it gone,
 * whatever hangs. A step that is late goes on behind our back; one that fails is logged.
 */
export class CloseWithin {
  readonly #deadline: number;
  readonly #log: Pick<Logger, 'warn'>;

  constructor(ms: number, log: Pick<Logger, 'warn'>) {
    this.#deadline = performance.now() + ms;
    this.#log = log;
  }

  /** Resolves when the step is done, or its time is over. Never rejects. */
  async step(name: string, step: () => Promise<unknown> | undefined): Promise<void> {
    const limit = Math.max(LEAST_MS, this.#deadline - performance.now());
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        this.#log.warn({ step: name }, 'shutdown step timed out');
        resolve();
      }, limit);
    });
    const taken = (async () => {
      await step();
    })().catch((error: unknown) => {
      this.#log.warn({ step: name, err: error }, 'shutdown step failed');
    });
    await Promise.race([taken, late]);
    clearTimeout(timer);
  }
}
