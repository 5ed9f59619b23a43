import type { FlowReport } from '../../flow/flow-report.js';
import { WorkerClient } from '../../threads/mod.js';
import { NewestFirst } from '../endpoint/newest-first.js';
import type { RequestHooks } from '../endpoint/endpoint.js';
import { LlmError } from '../llm-error.js';
import type { MellmHandlers, Spoken } from './mellm.worker.js';
import { readModelFiles, type ModelFiles } from './model-files.js';

/** Restarts within {@link RESTART_WINDOW} ms after which the thread is given up. */
const MAX_RESTARTS = 5;
const RESTART_WINDOW = 60_000;

/** How the embedded model is started. */
export interface EmbeddedOptions {
  /** Folder of model.json. Default the project's models/mellm. */
  readonly folder?: string;
  /** Default true. */
  readonly emotion?: boolean;
  /** Alerts that may wait. Default 64. */
  readonly queue?: number;
  /** Told when the thread died; it is started again. */
  readonly onCrash?: (error: Error) => void;
}

/** The project's own small MELLM, in a thread of its own: one answer at a time, the newest alert first. */
export class Embedded {
  /** `embedded@<first 8 hex digits of decoder.onnx's SHA-256>`. */
  readonly source: string;
  readonly #files: ModelFiles;
  readonly #options: EmbeddedOptions;
  readonly #queue: NewestFirst;
  readonly #texts = new Map<number, (delta: string) => void>();
  #worker: Promise<WorkerClient<MellmHandlers>>;
  #crashes: number[] = [];
  #closed = false;
  #next = 1;

  private constructor(files: ModelFiles, options: EmbeddedOptions) {
    this.#files = files;
    this.#options = options;
    this.source = `embedded@${files.sha256.slice(0, 8)}`;
    this.#queue = new NewestFirst({ concurrency: 1, capacity: options.queue ?? 64 });
    this.#worker = this.#startWorker();
  }

  /**
   * Checks the files and starts the thread.
   *
   * @throws LlmError `llm_model_missing`, `llm_model_damaged`; WorkerError where the thread does not start.
   */
  static async start(options: EmbeddedOptions = {}): Promise<Embedded> {
    const embedded = new Embedded(readModelFiles(options.folder), options);
    await embedded.#worker;
    return embedded;
  }

  get sha256(): string { return this.#files.sha256; }

  /** @throws LlmError `llm_aborted`, `llm_queue_full`, `llm_closed`; WorkerError where the thread died. */
  describe(report: FlowReport, hooks: RequestHooks, signal: AbortSignal): Promise<Spoken> {
    const began = performance.now();
    return this.#queue.run(() => this.#speak(report, hooks, signal, began), signal);
  }

  /** May be called twice. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#queue.close();
    const worker = await this.#worker.catch(() => undefined);
    await worker?.close();
  }

  async #speak(report: FlowReport, hooks: RequestHooks, signal: AbortSignal, began: number): Promise<Spoken> {
    const worker = await this.#worker;
    const job = this.#next++;
    let first = true;
    this.#texts.set(job, (delta) => {
      if (first) hooks.onFirstToken?.(performance.now() - began);
      first = false;
      hooks.onText(delta);
    });
    const cancel = (): void => { this.#texts.delete(job); void worker.call('cancel', [job]).catch(() => undefined); };
    signal.addEventListener('abort', cancel, { once: true });
    try {
      const spoken = await worker.call('speak', [job, report.rois, this.#options.emotion ?? true]);
      if (!spoken) throw new LlmError('llm_aborted', 'given up while it spoke', { cause: signal.reason });
      hooks.onTokens?.(spoken.tokens);
      return spoken;
    } finally {
      signal.removeEventListener('abort', cancel);
      this.#texts.delete(job);
    }
  }

  #startWorker(): Promise<WorkerClient<MellmHandlers>> {
    const started = WorkerClient.start<MellmHandlers>(new URL('./mellm.worker.js', import.meta.url), {
      name: 'mellm', data: this.#files,
      onEvent: (event, [job, delta]) => { if (event === 'text') this.#texts.get(job as number)?.(delta as string); },
      onExit: (error) => { if (error && !this.#closed) this.#died(error); },
    });
    started.catch(() => undefined);
    return started;
  }

  #died(error: Error): void {
    const now = performance.now();
    this.#crashes = [...this.#crashes.filter((at) => now - at < RESTART_WINDOW), now];
    this.#options.onCrash?.(error);
    if (this.#crashes.length <= MAX_RESTARTS) this.#worker = this.#startWorker();
  }
}
