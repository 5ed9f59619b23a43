import { MOTION_REGIONS, type MotionSample } from '../contract.js';

/** Components of a motion: u and v of every region. */
export const COMPONENTS = 2 * MOTION_REGIONS.length;

/**
 * The last seconds of motion, raw and low-passed, in a ring. Samples are addressed by a serial number that counts from 0 and
 * never repeats; {@link first} to {@link last} are kept.
 *
 * The low-pass is one pole with a time constant, so that it does the same at 24 and at 200 frames a second; {@link lag} is its
 * delay, by which times read off it must be moved back.
 */
export class History {
  readonly #capacity: number;
  readonly #times: Float64Array;
  readonly #smooth: Float32Array;
  readonly #jump: Float32Array;
  readonly #raw = new Float32Array(COMPONENTS);
  #count = 0;
  #start = 0;
  #lag = 0;

  /** @param capacity samples kept; 6 s at 200 fps are 1200 */
  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#times = new Float64Array(capacity);
    this.#smooth = new Float32Array(capacity * COMPONENTS);
    this.#jump = new Float32Array(capacity * COMPONENTS);
  }

  /** Serial number of the oldest sample kept since the last {@link clear}. */
  get first(): number {
    return Math.max(this.#start, this.#count - this.#capacity);
  }

  /** Serial number of the newest sample; `first - 1` when there is none. */
  get last(): number {
    return this.#count - 1;
  }

  get length(): number {
    return this.#count - this.first;
  }

  /** Delay of the low-pass for the present frame rate, s. */
  get lag(): number {
    return this.#lag;
  }

  /** Media seconds of a sample. */
  time(serial: number): number {
    return this.#times[serial % this.#capacity]!;
  }

  /** Low-passed component. */
  value(serial: number, component: number): number {
    return this.#smooth[(serial % this.#capacity) * COMPONENTS + component]!;
  }

  /** How much a component changed since the sample before, not low-passed. */
  jump(serial: number, component: number): number {
    return this.#jump[(serial % this.#capacity) * COMPONENTS + component]!;
  }

  /** Forgets all; serial numbers go on. */
  clear(): void {
    this.#start = this.#count;
  }

  /** Adds a sample; a value that is not finite repeats the one before. `timeConstant` in s. */
  push(sample: MotionSample, timeConstant: number): void {
    const fresh = this.length === 0;
    const dt = fresh ? 0 : sample.t - this.time(this.last);
    const weight = fresh ? 1 : 1 - Math.exp(-dt / timeConstant);
    if (!fresh) {
      // Delay of the discrete filter, smoothed over frame times that vary.
      const lag = (dt * (1 - weight)) / weight;
      this.#lag = this.#lag === 0 ? lag : this.#lag + 0.1 * (lag - this.#lag);
    }
    const at = (this.#count % this.#capacity) * COMPONENTS;
    const before = ((this.#count + this.#capacity - 1) % this.#capacity) * COMPONENTS;
    for (let c = 0; c < COMPONENTS; c++) {
      const given = sample.motion[c] ?? Number.NaN;
      const held = fresh ? 0 : this.#raw[c]!;
      const raw = Number.isFinite(given) ? given : held;
      const old = fresh ? raw : this.#smooth[before + c]!;
      this.#smooth[at + c] = old + weight * (raw - old);
      this.#jump[at + c] = fresh ? 0 : raw - held;
      this.#raw[c] = raw;
    }
    this.#times[this.#count % this.#capacity] = sample.t;
    this.#count++;
  }
}
