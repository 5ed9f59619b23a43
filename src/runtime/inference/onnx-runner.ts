import { createRequire } from 'node:module';
import { type Tensor } from 'onnxruntime-node';
import { ModelError } from './model-error.js';

/** How a session is made. */
export interface OnnxRunnerOptions {
  /** Threads inside one operator. Default 1: sessions are spread over worker threads, each with a core of its own. */
  readonly threads?: number;
}

/** What the binding under onnxruntime-node's promises offers: a session whose `run` returns when it is done. */
interface NativeSession {
  loadModel(path: string, options: object): void;
  run(feeds: Readonly<Record<string, Tensor>>, fetches: Readonly<Record<string, Tensor | null>>, options: object): Record<string, Tensor>;
  dispose(): void;
}
interface Native {
  readonly binding?: { readonly InferenceSession?: new () => NativeSession };
  readonly initOrt?: () => void;
}

/**
 * An ONNX session that runs at once on the calling thread, for use inside worker threads.
 *
 * `onnxruntime-node` computes on the calling thread anyway and wraps that in a promise and a `setImmediate`, which would let
 * another frame's message slip in between two steps of one frame. So the binding beneath is called directly.
 *
 * Make each session once and keep it: creating and closing them over and over leaks in ONNX Runtime.
 */
export class OnnxRunner {
  readonly #session: NativeSession;
  readonly #fetches: Record<string, null> = {};
  #closed = false;

  /**
   * @param path the ONNX file
   * @param outputs names of the outputs that {@link run} is to give
   * @throws ModelError `model_runtime_missing` where ONNX Runtime can't be loaded
   */
  constructor(path: string, outputs: readonly string[], options: OnnxRunnerOptions = {}) {
    const { binding, initOrt } = native();
    if (!binding?.InferenceSession || !initOrt) {
      throw new ModelError(
        'model_runtime_missing',
        'the installed onnxruntime-node has no synchronous session; install the version in package-lock.json (npm ci)',
      );
    }
    initOrt();
    this.#session = new binding.InferenceSession();
    this.#session.loadModel(path, {
      executionProviders: ['cpu'],
      graphOptimizationLevel: 'all',
      executionMode: 'sequential',
      intraOpNumThreads: options.threads ?? 1,
      interOpNumThreads: 1,
      logSeverityLevel: 3,
      extra: { session: { intra_op: { allow_spinning: '0' } } },
    });
    for (const name of outputs) this.#fetches[name] = null;
  }

  /** Runs the model; float32 inputs by name, float32 outputs by name. The outputs are the caller's to keep. */
  run(inputs: Readonly<Record<string, Tensor>>): Record<string, Float32Array> {
    const results = this.#session.run(inputs, this.#fetches, {});
    const out: Record<string, Float32Array> = {};
    for (const [name, tensor] of Object.entries(results)) out[name] = tensor.data as Float32Array;
    return out;
  }

  /** Frees the session. Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#session.dispose();
  }
}

function native(): Native {
  try {
    return createRequire(import.meta.url)('onnxruntime-node/dist/binding.js') as Native;
  } catch (cause) {
    throw new ModelError(
      'model_runtime_missing',
      `cannot load ONNX Runtime on ${process.platform}/${process.arch}; run npm ci, and see docs/install.md for supported platforms`,
      { cause },
    );
  }
}
