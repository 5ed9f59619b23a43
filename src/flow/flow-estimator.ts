import { unlessAborted } from '../common/time-limit.js';
import { Batcher, type BatcherHooks } from '../runtime/inference/batcher.js';
import { BATCH_SIZES } from '../runtime/inference/batcher-sizes.js';
import type { DeviceChoice, DeviceRequest } from '../runtime/inference/device.js';
import { SupervisedWorker } from '../runtime/threads/mod.js';
import { FlowEngine } from './flow-engine.js';
import { FlowError } from './flow-error.js';
import { INPUT_PIXELS, type CropLuma, type FlowEstimate, type ReportHandlers } from './flow-messages.js';
import type { FlowReport, Luma, MeasureRequest } from './contract.js';
import type { FlowRunner } from './flow-runner.js';
import { addCoarse, coarseMotion, warpBack } from './head/coarse-motion.js';
import { readFlowModel } from './model-file.js';
import { checkLandmarks } from './region-motion.js';
import type { ServedHooks } from './served/served-flow.js';
import type { FlowServerOptions } from './served/server-options.js';

/** What the metrics want to know; a hook that throws stops nothing. */
export interface FlowHooks {
  /** Pairs in a batch that was started (`mellm_flow_batch_size`). */
  batch?(pairs: number): void;
  /** Milliseconds that one pair waited for its batch (`mellm_flow_queue_wait_seconds`). */
  queueWait?(ms: number): void;
  /** Milliseconds of one run of the network (`mellm_flow_inference_seconds`). */
  inference?(ms: number, device: string): void;
  /** A pair was dropped unmeasured. */
  dropped?(reason: Parameters<NonNullable<BatcherHooks['dropped']>>[0]): void;
  /** The server is asked (true), or left alone because it failed (false); said at the start too. */
  readonly serverUp?: ServedHooks['up'];
  /** A batch was done by the server, by the local model in its place, or not at all. */
  readonly serverRequest?: ServedHooks['request'];
}

export interface FlowEstimatorOptions {
  /** Folder of `model.json` and its ONNX file. Default `models/meflownet` of the package. */
  readonly folder?: string;
  /** Default `auto`. */
  readonly device?: DeviceRequest;
  /** A server that computes flow instead; the model of `folder` is then compared with it, and stands in for it. Default: none. */
  readonly server?: FlowServerOptions;
  /** Largest batch. Default 8. */
  readonly maxBatch?: number;
  /** Share of a pair's time that a batch of twice the size must save to be used. Default by device, see warm-up.ts. */
  readonly leastGain?: number;
  /** Milliseconds that a pair waits for others to share its batch. Default 5. */
  readonly maxWait?: number;
  /** Milliseconds that a pair may wait before it is dropped. Default 10 000. */
  readonly deadline?: number;
  /** Pairs that may wait. Default 64. */
  readonly maxQueue?: number;
  /** Milliseconds without a sign of life after which a thread is replaced. Default 15 000. */
  readonly hangTimeout?: number;
  /** Threads inside one operator on the CPU. Default 1: the cores belong to the cameras. */
  readonly threads?: number;
  readonly hooks?: FlowHooks;
  /** Told in a sentence what a person should know: a device that could not be used, a thread that died. Default: nobody. */
  readonly onNotice?: (message: string) => void;
  /** A thread died or hung; another takes its place. */
  readonly onCrash?: (name: 'flow' | 'flow-report' | 'flow-server') => void;
}

/** What runs, for `/readyz` and the metrics. */
export interface FlowInfo {
  /** `<model>@<sha8>`; `<host>/<model>` of a server that does not tell, and has no local model beside it. */
  readonly source: string;
  /** Devices that flow may come from. */
  readonly devices: readonly string[];
  /** The local model's device; absent where only a server computes. */
  readonly choice: DeviceChoice | undefined;
  /** Measured milliseconds of a run by padded size. */
  readonly costs: Readonly<Record<number, number>>;
}

/** What computes, and whose model it is. */
interface Started {
  readonly runner: FlowRunner;
  readonly source: string;
  readonly choice: DeviceChoice | undefined;
}

/**
 * MEFlowNet for all sessions: pairs in, flow reports out, batched across sessions.
 *
 *     const flow = await FlowEstimator.start({ device: 'auto' });   // loaded and warm
 *     const report = await flow.measure({ session, annotation, onsetCrop, apexCrop, landmarks });
 */
export class FlowEstimator {
  readonly #started: Started;
  readonly #batcher: Batcher<CropLuma, FlowEstimate | undefined>;
  readonly #reporter: SupervisedWorker<ReportHandlers>;

  private constructor(started: Started, reporter: SupervisedWorker<ReportHandlers>, options: FlowEstimatorOptions) {
    this.#started = started;
    this.#reporter = reporter;
    const hooks = options.hooks ?? {};
    const { runner } = started;
    const sizes = Object.keys(runner.costs)
      .map(Number)
      .sort((a, b) => a - b);
    this.#batcher = new Batcher({
      sizes,
      cost: (size) => runner.costs[size] ?? size,
      maxWait: options.maxWait ?? 5,
      deadline: options.deadline ?? 10_000,
      maxQueue: options.maxQueue ?? 64,
      hooks: {
        batch: (pairs) => hooks.batch?.(pairs),
        queueWait: (ms) => hooks.queueWait?.(ms),
        dropped: (reason) => hooks.dropped?.(reason),
      },
      run: async (pairs, size) => {
        const answer = await runner.run(pairs, size);
        try {
          hooks.inference?.(answer.ms, answer.device);
        } catch {
          /* a listener's fault is its own */
        }
        return answer.estimates;
      },
    });
  }

  /**
   * Reads and checks the model, starts the threads, warms the batch sizes that pay.
   *
   * @throws {FlowError} `flow_model_missing`, `flow_model_damaged`, `flow_model_invalid` (a WorkerError with that code where the
   * thread found it). A server goes on without flow where it is missing.
   * @throws {FlowServerError} where a server is to compute and can't.
   */
  static async start(options: FlowEstimatorOptions = {}): Promise<FlowEstimator> {
    const { hangTimeout = 15_000, onNotice = () => undefined, onCrash = () => undefined } = options;
    const [runner, reporter] = await Promise.allSettled([
      options.server ? startServed(options, options.server) : startLocal(options),
      SupervisedWorker.start<ReportHandlers>(new URL('./flow-report.worker.js', import.meta.url), {
        name: 'flow-report',
        hangTimeout,
        onLost: (error) => {
          onCrash('flow-report');
          onNotice(`the thread that measures regions failed (${error.message}); restarting it`);
        },
      }),
    ]);
    if (runner.status === 'fulfilled' && reporter.status === 'fulfilled') return new FlowEstimator(runner.value, reporter.value, options);
    if (runner.status === 'fulfilled') await runner.value.runner.close();
    if (reporter.status === 'fulfilled') await reporter.value.close();
    throw runner.status === 'rejected' ? runner.reason : (reporter as PromiseRejectedResult).reason;
  }

  get info(): FlowInfo {
    const {
      runner: { devices, costs },
      source,
      choice,
    } = this.#started;
    return { source, devices, choice, costs };
  }

  /** Pairs that wait. */
  get waiting(): number {
    return this.#batcher.waiting;
  }

  /**
   * Measures one onset-apex pair.
   *
   * @throws {FlowError} `flow_input_invalid`, `flow_output_invalid`; a BatchError where the queue gave it up; the signal's
   * reason where that was aborted.
   */
  async measure(request: MeasureRequest): Promise<FlowReport> {
    const began = performance.now();
    const { landmarks, apexLandmarks, includeImages = false, signal } = request;
    try {
      checkLandmarks(landmarks);
      if (apexLandmarks) checkLandmarks(apexLandmarks);
    } catch (cause) {
      throw new FlowError('flow_input_invalid', `annotation ${request.annotation}: ${(cause as Error).message}`, { cause });
    }
    const crops: CropLuma = { onset: checkedCopy(request.onsetCrop, 'onset'), apex: checkedCopy(request.apexCrop, 'apex') };
    const { facial, head } = await unlessAborted(this.#guided(crops, request), signal);
    const job = {
      estimate: { facial, head },
      crops,
      landmarks: landmarks.slice(),
      ...(apexLandmarks ? { apexLandmarks: apexLandmarks.slice() } : {}),
      includeImages,
    };
    const report = await unlessAborted(this.#reporter.call('report', [job], [facial.buffer, head.buffer]), signal);
    return { ...report, source: this.#started.source, ms: performance.now() - began };
  }

  /** Facial flow of one pair, guided by the landmarks of both pictures, and the network's head flow. Errors as {@link measure}. */
  async estimateGuided(request: MeasureRequest): Promise<FlowEstimate> {
    return this.#guided({ onset: checkedCopy(request.onsetCrop, 'onset'), apex: checkedCopy(request.apexCrop, 'apex') }, request);
  }

  /** The network's own answer for one pair: facial and head flow in crop pixels. Errors as {@link measure}. */
  async estimate(crops: CropLuma, session: string): Promise<FlowEstimate> {
    return this.#estimate({ onset: checkedCopy(crops.onset, 'onset'), apex: checkedCopy(crops.apex, 'apex') }, session);
  }

  /** Gives up the waiting pairs of a session that ended. */
  forget(session: string): void {
    this.#batcher.cancel(session);
  }

  /** Gives up what waits and ends the threads. Idempotent. */
  async close(): Promise<void> {
    await this.#batcher.close();
    await Promise.all([this.#started.runner.close(), this.#reporter.close()]);
  }

  /** Flow of a pair whose landmarks went far: the network sees the apex warped back by them, and measures the rest. */
  async #guided(crops: CropLuma, { landmarks, apexLandmarks, session }: MeasureRequest): Promise<FlowEstimate> {
    const coarse = apexLandmarks && coarseMotion(landmarks, apexLandmarks);
    if (!coarse) return this.#estimate(crops, session);
    const estimate = await this.#estimate({ onset: crops.onset, apex: warpBack(crops.apex, coarse) }, session);
    return { ...estimate, facial: addCoarse(estimate.facial, coarse) };
  }

  async #estimate(crops: CropLuma, session: string): Promise<FlowEstimate> {
    const estimate = await this.#batcher.submit(crops, session);
    if (!estimate) throw new FlowError('flow_output_invalid', 'the flow model returned non-finite numbers for this pair');
    return estimate;
  }
}

/** The model of this machine. */
async function startLocal(options: FlowEstimatorOptions): Promise<Started> {
  const { hangTimeout = 15_000, onNotice = () => undefined, onCrash = () => undefined } = options;
  const model = await readFlowModel(options.folder);
  const runner = await FlowEngine.start({
    model,
    device: options.device ?? 'auto',
    threads: options.threads ?? 1,
    sizes: sizesUpTo(options.maxBatch),
    leastGain: options.leastGain,
    hangTimeout,
    onNotice,
    onLost: () => {
      onCrash('flow');
    },
  });
  return { runner, source: model.source, choice: runner.info.choice };
}

/** A server's model, and the one of this machine beside it, where there is one and it is wanted. */
async function startServed(options: FlowEstimatorOptions, server: FlowServerOptions): Promise<Started> {
  const { hangTimeout = 15_000, onNotice = () => undefined, onCrash = () => undefined, hooks = {} } = options;
  let local: Started | undefined;
  try {
    if (server.fallback ?? true) local = await startLocal(options);
  } catch (error) {
    if (!(error instanceof FlowError && error.code === 'flow_model_missing')) throw error;
    onNotice('no local flow model is loaded to replace the flow server or to compare it with');
  }
  try {
    const { ServedFlow } = await import('./served/served-flow.js');
    const runner = await ServedFlow.start({
      server,
      local: local?.runner,
      sizes: sizesUpTo(options.maxBatch),
      hangTimeout,
      onNotice,
      onLost: () => {
        onCrash('flow-server');
      },
      hooks: { ...(hooks.serverUp ? { up: hooks.serverUp } : {}), ...(hooks.serverRequest ? { request: hooks.serverRequest } : {}) },
    });
    return { runner, source: local?.source ?? runner.source, choice: local?.choice };
  } catch (error) {
    await local?.runner.close();
    throw error;
  }
}

function sizesUpTo(maxBatch = 8): readonly number[] {
  return BATCH_SIZES.filter((size) => size <= Math.max(1, maxBatch));
}

/** A copy of exactly 224*224 finite values: the caller's buffer may be reused, and may be part of a larger one. */
function checkedCopy(luma: Luma, name: string): Luma {
  if (luma.length !== INPUT_PIXELS)
    throw new FlowError('flow_input_invalid', `the ${name} crop has ${String(luma.length)} pixels, not 224x224`);
  const copy = luma.slice();
  if (copy instanceof Float32Array && !copy.every(Number.isFinite))
    throw new FlowError('flow_input_invalid', `the ${name} crop contains non-finite values (NaN)`);
  return copy;
}
