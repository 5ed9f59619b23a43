import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Device } from '../runtime/inference/device.js';
import { FlowError } from './flow-error.js';
import { INPUT_PIXELS, INPUT_SIZE, type BatchAnswer, type CropLuma, type FlowEstimate } from './flow-messages.js';
import { finite, InputBuffers } from './luma-input.js';

const OUTPUTS = ['facial', 'head'] as const;

/**
 * MEFlowNet on one device, for use inside a worker thread (`run` blocks it). Made once: creating and releasing sessions over
 * and over leaks in ONNX Runtime.
 */
export class FlowSession {
  readonly device: Device;
  readonly #session: InferenceSession;
  readonly #inputs = new InputBuffers();
  #last: Promise<unknown> = Promise.resolve();

  private constructor(device: Device, session: InferenceSession) {
    this.device = device;
    this.#session = session;
  }

  /** @throws {FlowError} `flow_model_invalid` where the file is not a MEFlowNet model; whatever ONNX Runtime says of a missing device. */
  static async open(onnx: Uint8Array, device: Device, threads: number): Promise<FlowSession> {
    let session: InferenceSession;
    try {
      session = await InferenceSession.create(onnx, {
        executionProviders: device === 'cpu' ? ['cpu'] : [device, 'cpu'],
        graphOptimizationLevel: 'all',
        executionMode: 'sequential',
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        logSeverityLevel: 4,
        extra: { session: { intra_op: { allow_spinning: '0' } } },
      });
    } catch (cause) {
      if (device !== 'cpu') throw cause;
      throw new FlowError(
        'flow_model_invalid',
        `ONNX Runtime cannot load the flow model: ${cause instanceof Error ? cause.message : String(cause)}`,
        { cause },
      );
    }
    const lacking = [
      ...['onset', 'apex'].filter((name) => !session.inputNames.includes(name)).map((name) => `input ${name}`),
      ...OUTPUTS.filter((name) => !session.outputNames.includes(name)).map((name) => `output ${name}`),
    ];
    if (lacking.length > 0 || session.inputNames.length !== 2) {
      await session.release();
      throw new FlowError(
        'flow_model_invalid',
        lacking.length > 0 ? `not a MEFlowNet model: missing ${lacking.join(', ')}` : 'not a MEFlowNet model: unexpected extra inputs',
      );
    }
    return new FlowSession(device, session);
  }

  /**
   * Runs at most `size` pairs, padded to `size` by repeating the last. One call at a time: onnxruntime-node yields to the event loop
   * before it computes, so a second call would overwrite the first one's inputs.
   */
  run(pairs: readonly CropLuma[], size: number): Promise<BatchAnswer> {
    const result = this.#last.then(() => this.#run(pairs, size));
    this.#last = result.catch(() => undefined);
    return result;
  }

  async #run(pairs: readonly CropLuma[], size: number): Promise<BatchAnswer> {
    const input = this.#inputs.fill(pairs, size);
    const dims = [size, 1, INPUT_SIZE, INPUT_SIZE];
    const began = performance.now();
    const outputs = await this.#session.run(
      {
        onset: new Tensor('float32', input.onset, dims),
        apex: new Tensor('float32', input.apex, dims),
      },
      OUTPUTS,
    );
    const ms = performance.now() - began;
    const facial = plane(outputs, 'facial', size);
    const head = plane(outputs, 'head', size);
    const estimates = pairs.map((_, i): FlowEstimate | undefined => {
      const estimate = {
        facial: facial.slice(2 * i * INPUT_PIXELS, 2 * (i + 1) * INPUT_PIXELS),
        head: head.slice(2 * i * INPUT_PIXELS, 2 * (i + 1) * INPUT_PIXELS),
      };
      return finite(estimate.facial) && finite(estimate.head) ? estimate : undefined;
    });
    return { estimates, ms };
  }

  close(): Promise<void> {
    return this.#session.release();
  }
}

/** The u and v planes of a batch. */
function plane(outputs: InferenceSession.OnnxValueMapType, name: (typeof OUTPUTS)[number], size: number): Float32Array<ArrayBuffer> {
  const value = outputs[name];
  const dims = value instanceof Tensor ? value.dims.join('x') : 'no tensor';
  if (!(value instanceof Tensor) || !(value.data instanceof Float32Array) || value.data.length !== size * 2 * INPUT_PIXELS) {
    throw new FlowError(
      'flow_model_invalid',
      `the flow model's output ${name} is ${dims}, not ${String(size)}x2x${String(INPUT_SIZE)}x${String(INPUT_SIZE)} float32`,
    );
  }
  return value.data as Float32Array<ArrayBuffer>;
}
