import type { DeviceRequest } from '../runtime/inference/device.js';
import { OnDemandWorker, WorkerClient, WorkerError } from '../runtime/threads/mod.js';
import type { CropLuma, FlowHandlers, LoadedInfo } from './flow-messages.js';
import type { FlowRunner, RunnerAnswer } from './flow-runner.js';
import type { FlowModel } from './model-file.js';

export interface FlowEngineOptions {
  readonly model: FlowModel;
  readonly device: DeviceRequest;
  /** Padded batch sizes, ascending. */
  readonly sizes: readonly number[];
  readonly threads: number;
  /** Share of a pair's time that a batch of twice the size must save to be used. Default by device, see warm-up.ts. */
  readonly leastGain?: number | undefined;
  /** Milliseconds without a sign of life, once loaded, after which the thread is replaced. */
  readonly hangTimeout: number;
  /** Told in a sentence what a person should know: a device that could not be used, a thread that died. */
  readonly onNotice: (message: string) => void;
  /** The thread died or hung; another takes its place. */
  readonly onLost: () => void;
}

/**
 * The inference thread, kept alive: when it dies (a driver that crashed) it is started again and the batch tried once more,
 * on the CPU if it died on a GPU.
 */
export class FlowEngine implements FlowRunner {
  readonly #options: FlowEngineOptions;
  #device: DeviceRequest;
  readonly #worker = new OnDemandWorker('flow', () => this.#open());
  #info: LoadedInfo | undefined;

  private constructor(options: FlowEngineOptions) {
    this.#options = options;
    this.#device = options.device;
  }

  /** Resolves when the model is loaded and warm. Rejects with the worker's error and its code. */
  static async start(options: FlowEngineOptions): Promise<FlowEngine> {
    const engine = new FlowEngine(options);
    try {
      await engine.#worker.get();
    } catch (error) {
      if (!crashed(error) || options.device === 'cpu') throw error;
      options.onNotice(`the flow model crashed while trying ${options.device} (${error.message}); running on cpu`);
      engine.#device = 'cpu';
      await engine.#worker.get();
    }
    return engine;
  }

  /** What is loaded. */
  get info(): LoadedInfo {
    if (!this.#info) throw new Error('the flow engine has not started');
    return this.#info;
  }

  get devices(): readonly string[] {
    return [this.info.choice.device];
  }
  get costs(): LoadedInfo['costs'] {
    return this.info.costs;
  }

  async run(pairs: readonly CropLuma[], size: number): Promise<RunnerAnswer> {
    const client = this.#worker.get();
    try {
      return await this.#runOn(client, pairs, size);
    } catch (error) {
      if (this.#worker.closed || !crashed(error)) throw error;
      // Of several batches that the thread took with it, the first starts the new one.
      if (this.#worker.drop(client)) {
        const device = this.info.choice.device;
        if (device !== 'cpu') this.#device = 'cpu';
        this.#options.onNotice(`the flow thread failed on ${device} (${error.message}); restarting it on ${this.#device}`);
        this.#options.onLost();
        void client.then(
          (open) => open.close(),
          () => undefined,
        );
      }
      return await this.#runOn(this.#worker.get(), pairs, size);
    }
  }

  /** Ends the thread. Idempotent. */
  async close(): Promise<void> {
    await this.#worker.close();
  }

  async #runOn(client: Promise<WorkerClient<FlowHandlers>>, pairs: readonly CropLuma[], size: number): Promise<RunnerAnswer> {
    const answer = await (await client).call('run', [pairs, size]);
    return { ...answer, device: this.info.choice.device };
  }

  async #open(): Promise<WorkerClient<FlowHandlers>> {
    const { model, sizes, threads, leastGain, hangTimeout } = this.#options;
    const client = await WorkerClient.start<FlowHandlers>(new URL('./flow.worker.js', import.meta.url), {
      // Warming CUDA tunes every convolution for every size.
      name: 'flow',
      callTimeout: 120_000,
    });
    try {
      this.#info = await client.call('load', [{ onnx: model.onnx, device: this.#device, sizes, threads, leastGain }]);
    } catch (error) {
      await client.close();
      throw error;
    }
    client.watch(hangTimeout);
    const { fallback } = this.#info.choice;
    if (fallback) this.#options.onNotice(fallback);
    return client;
  }
}

function crashed(error: unknown): error is WorkerError {
  return error instanceof WorkerError && ['worker_died', 'worker_hung', 'worker_timeout'].includes(error.code);
}
