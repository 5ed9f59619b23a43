import type { FlowReport } from '../../flow/contract.js';
import { SupervisedWorker } from '../../runtime/threads/mod.js';
import { LifoQueue } from '../endpoint/lifo-queue.js';
import type { RequestHooks } from '../endpoint/endpoint.js';
import { LlmError } from '../llm-error.js';
import type { MellmHandlers, Spoken } from './mellm.worker.js';
import { readModelFiles, type ModelFiles } from './model-files.js';

/** How the embedded model is started. */
export interface EmbeddedOptions {
  /** Folder of model.json. Default the project's models/mellm. */
  readonly folder?: string;
  /** Default true. */
  readonly emotion?: boolean;
  /** Alerts that may wait. Default 64. */
  readonly queue?: number;
  /** Milliseconds without a sign of life after which the thread is replaced. Default 15 000. */
  readonly hangTimeout?: number;
  /** Told when the thread died or hangs; it is started again. */
  readonly onCrash?: (error: Error) => void;
}

/** The project's own small MELLM, in a thread of its own: one answer at a time, the newest alert first. */
export class Embedded {
  /** `embedded@<first 8 hex digits of decoder.onnx's SHA-256>`. */
  readonly source: string;
  readonly sha256: string;
  readonly #options: EmbeddedOptions;
  readonly #queue: LifoQueue;
  readonly #texts: Map<number, (delta: string) => void>;
  readonly #worker: SupervisedWorker<MellmHandlers>;
  #next = 1;

  private constructor(
    { sha256 }: ModelFiles,
    worker: SupervisedWorker<MellmHandlers>,
    texts: Map<number, (delta: string) => void>,
    options: EmbeddedOptions,
  ) {
    this.sha256 = sha256;
    this.source = `embedded@${sha256.slice(0, 8)}`;
    this.#worker = worker;
    this.#texts = texts;
    this.#options = options;
    this.#queue = new LifoQueue({ concurrency: 1, capacity: options.queue ?? 64 });
  }

  /**
   * Checks the files and starts the thread.
   *
   * @throws LlmError `llm_model_missing`, `llm_model_damaged`; WorkerError where the thread does not start.
   */
  static async start(options: EmbeddedOptions = {}): Promise<Embedded> {
    const files = readModelFiles(options.folder);
    const texts = new Map<number, (delta: string) => void>();
    const worker = await SupervisedWorker.start<MellmHandlers>(new URL('./mellm.worker.js', import.meta.url), {
      name: 'mellm',
      data: files,
      ...(options.hangTimeout === undefined ? {} : { hangTimeout: options.hangTimeout }),
      onEvent: (event, [job, delta]) => {
        if (event === 'text') texts.get(job as number)?.(delta as string);
      },
      onLost: (error) => {
        options.onCrash?.(error);
      },
    });
    return new Embedded(files, worker, texts, options);
  }

  /** @throws LlmError `llm_aborted`, `llm_queue_full`, `llm_closed`; WorkerError where the thread died. */
  describe(
    report: FlowReport,
    hooks: RequestHooks,
    signal: AbortSignal,
    { emotion = true, patient = false }: { readonly emotion?: boolean; readonly patient?: boolean } = {},
  ): Promise<Spoken> {
    const began = performance.now();
    return this.#queue.run(
      () => this.#speak(report, hooks, signal, { began, emotion: emotion && (this.#options.emotion ?? true) }),
      signal,
      { patient },
    );
  }

  /** Idempotent. */
  async close(): Promise<void> {
    this.#queue.close();
    await this.#worker.close();
  }

  async #speak(
    report: FlowReport,
    hooks: RequestHooks,
    signal: AbortSignal,
    { began, emotion }: { readonly began: number; readonly emotion: boolean },
  ): Promise<Spoken> {
    const worker = this.#worker;
    const job = this.#next++;
    let first = true;
    this.#texts.set(job, (delta) => {
      if (first) hooks.onFirstToken?.(performance.now() - began);
      first = false;
      hooks.onText(delta);
    });
    const cancel = (): void => {
      this.#texts.delete(job);
      void worker.call('cancel', [job]).catch(() => undefined);
    };
    signal.addEventListener('abort', cancel, { once: true });
    try {
      const spoken = await worker.call('speak', [job, { rois: report.rois, shape: report.shape, kind: report.kind }, emotion]);
      if (!spoken) throw new LlmError('llm_aborted', 'aborted while answering', { cause: signal.reason });
      hooks.onTokens?.(spoken.tokens);
      return spoken;
    } finally {
      signal.removeEventListener('abort', cancel);
      this.#texts.delete(job);
    }
  }
}
