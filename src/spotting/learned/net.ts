import { Tensor } from 'onnxruntime-node';
import { OnnxRunner } from '../../runtime/inference/mod.js';
import type { MotionSample } from '../contract.js';
import type { TickLikelihoods } from './likelihoods.js';
import type { SpotterModel } from './model-file.js';
import { TICK_VALUES, TickStream } from './ticks.js';

/** The spotter's network, once a thread; runs at once on the calling thread (about 0.1 ms a tick). */
export class SpotterNet {
  readonly #runner: OnnxRunner;
  readonly #start: Float32Array;

  constructor(model: SpotterModel) {
    this.#runner = new OnnxRunner(model.path, ['likelihoods', 'next_state']);
    this.#start = Float32Array.from(model.state);
  }

  /** A stream of likelihoods for one face. */
  follow(): LikelihoodStream {
    return new LikelihoodStream(this.#runner, this.#start);
  }

  /** Frees the session. Idempotent. */
  close(): void {
    this.#runner.close();
  }
}

/** Turns one face's samples into likelihoods, tick by tick; keeps the network's state between frames. */
export class LikelihoodStream {
  readonly #runner: OnnxRunner;
  readonly #ticks = new TickStream();
  #state: Float32Array;

  constructor(runner: OnnxRunner, start: Float32Array) {
    this.#runner = runner;
    this.#state = start;
  }

  /** Likelihoods of the ticks that this sample completes. */
  push(sample: MotionSample): TickLikelihoods[] {
    return this.#ticks.push(sample).map(({ t, values }) => ({ face: sample.face, t, values: this.step(values) }));
  }

  /** One tick by itself ({@link TICK_VALUES} values), where there are no samples. @returns a likelihood for each of CLASSES */
  step(tick: Float32Array): Float32Array {
    const out = this.#runner.run({
      tick: new Tensor('float32', tick, [1, TICK_VALUES]),
      state: new Tensor('float32', this.#state, [1, this.#state.length]),
    });
    this.#state = out['next_state']!;
    return out['likelihoods']!;
  }
}
