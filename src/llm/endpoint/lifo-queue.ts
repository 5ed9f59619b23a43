import { LlmError } from '../llm-error.js';

/** Bounds of a {@link LifoQueue}. */
export interface LifoQueueOptions {
  /** Jobs that run at a time. */
  readonly concurrency: number;
  /** Jobs that may wait; above it the oldest is turned away. Default 32. */
  readonly capacity?: number;
  /** Milliseconds that a job may wait. Default unbounded. */
  readonly patience?: number;
}

interface Waiting {
  readonly patient: boolean;
  start(): void;
  refuse(error: LlmError): void;
}

/** Runs few jobs at a time and of those that wait the newest first: an alert on the screen now matters more than one that has gone by. */
export class LifoQueue {
  readonly #options: LifoQueueOptions;
  readonly #waiting: Waiting[] = [];
  #running = 0;
  #closed = false;

  constructor(options: LifoQueueOptions) {
    this.#options = options;
  }

  get waiting(): number {
    return this.#waiting.length;
  }
  get running(): number {
    return this.#running;
  }

  /**
   * Runs `job` when its turn comes. One that is patient waits as long as it takes, in order, while others are served first.
   *
   * @throws LlmError `llm_queue_full` where newer jobs pushed it out or it waited too long, `llm_aborted`, `llm_closed`.
   */
  async run<T>(job: () => Promise<T>, signal: AbortSignal, { patient = false }: { readonly patient?: boolean } = {}): Promise<T> {
    await this.#turn(signal, patient);
    try {
      return await job();
    } finally {
      this.#running--;
      this.#next();
    }
  }

  /** Turns away what waits; what runs goes on. */
  close(): void {
    this.#closed = true;
    for (const waiting of this.#waiting.splice(0)) waiting.refuse(new LlmError('llm_closed', 'the describer was closed'));
  }

  #turn(signal: AbortSignal, patient: boolean): Promise<void> {
    if (signal.aborted) return Promise.reject(new LlmError('llm_aborted', 'aborted before it was sent', { cause: signal.reason }));
    if (this.#closed) return Promise.reject(new LlmError('llm_closed', 'the describer was closed'));
    if (this.#running < this.#options.concurrency) {
      this.#running++;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const patience = patient ? undefined : this.#options.patience;
      const timer =
        patience === undefined
          ? undefined
          : setTimeout(() => {
              leave(new LlmError('llm_queue_full', `still queued after ${String(patience)} ms`));
            }, patience);
      const settle = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', aborted);
      };
      const entry: Waiting = {
        patient,
        start: () => {
          settle();
          this.#running++;
          resolve();
        },
        refuse: (error) => {
          settle();
          reject(error);
        },
      };
      const leave = (error: LlmError): void => {
        const at = this.#waiting.indexOf(entry);
        if (at >= 0) this.#waiting.splice(at, 1);
        entry.refuse(error);
      };
      const aborted = (): void => {
        leave(new LlmError('llm_aborted', 'aborted while queued', { cause: signal.reason }));
      };
      signal.addEventListener('abort', aborted, { once: true });
      this.#waiting.push(entry);
      this.#bound();
    });
  }

  /** Who asks patiently bounds itself. */
  #bound(): void {
    const urgent = this.#waiting.filter(({ patient }) => !patient);
    const [oldest] = urgent;
    if (!oldest || urgent.length <= (this.#options.capacity ?? 32)) return;
    this.#waiting.splice(this.#waiting.indexOf(oldest), 1);
    oldest.refuse(new LlmError('llm_queue_full', 'dropped from the queue in favour of newer alerts'));
  }

  #next(): void {
    if (this.#running >= this.#options.concurrency) return;
    const newest = this.#waiting.findLastIndex(({ patient }) => !patient);
    this.#waiting.splice(Math.max(newest, 0), 1)[0]?.start();
  }
}
