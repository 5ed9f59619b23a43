import { MOTION_REGIONS, type MotionSample } from '../contract.js';

/** Seconds between ticks: the learned spotter's clock, whatever the camera's. */
export const TICK = 0.02;
/** Half width of the box a tick averages over, s. */
const HALF = 0.01;
/** After a pause longer than this the past no longer counts, s. */
const GAP = 0.15;
/** Tolerance for a tick that falls on a frame, in ticks. */
const NEARLY = 1e-6;

const COMPONENTS = 2 * MOTION_REGIONS.length;
/** Values that come from a sample: motion, sigma, eyes, mouth, pose, head and turn speed, quality. */
const MEASURED = 2 * COMPONENTS + 9;
/** Values of a tick: the measured ones, seconds between the frames, 1 where the span is fresh. */
export const TICK_VALUES = MEASURED + 2;

export interface Tick {
  /** Media seconds, a multiple of {@link TICK}. */
  readonly t: number;
  /** {@link TICK_VALUES} values in the order of training/spotter/signals.py. */
  readonly values: Float32Array;
}

interface Knot {
  readonly t: number;
  readonly values: Float64Array;
  readonly area: Float64Array;
}

/**
 * Resamples one face's samples to ticks: each is the mean over ±10 ms of the straight lines between the samples. At low frame rates
 * that interpolates, at high ones it averages noise away. A pause or a new epoch starts a fresh span.
 */
export class TickStream {
  #knots: Knot[] = [];
  #epoch = Number.NaN;
  #next = 0;
  #fresh = true;

  /** The ticks that this sample completes, in order. A sample that is not later than the one before is ignored. */
  push(sample: MotionSample): Tick[] {
    const last = this.#knots.at(-1);
    if (last !== undefined && sample.t <= last.t) return [];
    if (last === undefined || sample.epoch !== this.#epoch || sample.t - last.t > GAP) {
      this.#knots = [{ t: sample.t, values: valuesOf(sample), area: new Float64Array(MEASURED) }];
      this.#epoch = sample.epoch;
      this.#next = Math.ceil((sample.t + HALF) / TICK - NEARLY);
      this.#fresh = true;
      return [];
    }
    const values = valuesOf(sample);
    const dt = sample.t - last.t;
    this.#knots.push({ t: sample.t, values, area: last.area.map((area, i) => area + 0.5 * (last.values[i]! + values[i]!) * dt) });
    const ticks: Tick[] = [];
    for (; this.#next <= (sample.t - HALF) / TICK + NEARLY; this.#next++) ticks.push(this.#tick(this.#next * TICK));
    this.#forget();
    return ticks;
  }

  #tick(t: number): Tick {
    const values = new Float32Array(TICK_VALUES);
    const from = this.#integral(t - HALF),
      to = this.#integral(t + HALF);
    for (let i = 0; i < MEASURED; i++) values[i] = (to[i]! - from[i]!) / (2 * HALF);
    const k = this.#segment(t);
    values[MEASURED] = this.#knots[k + 1]!.t - this.#knots[k]!.t;
    values[MEASURED + 1] = this.#fresh ? 1 : 0;
    this.#fresh = false;
    return { t, values };
  }

  /** Index of the knot before `t`, so that there is one behind it. */
  #segment(t: number): number {
    let k = this.#knots.length - 2;
    while (k > 0 && this.#knots[k]!.t > t) k--;
    return k;
  }

  #integral(at: number): Float64Array {
    const first = this.#knots[0]!,
      last = this.#knots.at(-1)!;
    const t = Math.min(Math.max(at, first.t), last.t);
    const k = this.#segment(t);
    const a = this.#knots[k]!,
      b = this.#knots[k + 1]!;
    const x = t - a.t,
      dt = b.t - a.t;
    return a.area.map((area, i) => area + a.values[i]! * x + 0.5 * ((b.values[i]! - a.values[i]!) / dt) * x * x);
  }

  /** Drops knots that no later tick reaches back to. */
  #forget(): void {
    const needed = this.#next * TICK - HALF;
    let drop = 0;
    while (drop + 2 < this.#knots.length && this.#knots[drop + 1]!.t <= needed) drop++;
    if (drop > 0) this.#knots.splice(0, drop);
  }
}

function valuesOf(sample: MotionSample): Float64Array {
  const values = new Float64Array(MEASURED);
  values.set(sample.motion);
  values.set(sample.sigma, COMPONENTS);
  values.set(
    [
      ...sample.eyes,
      sample.mouth,
      sample.pose.yaw,
      sample.pose.pitch,
      sample.pose.roll,
      sample.headSpeed,
      sample.turnSpeed,
      sample.quality,
    ],
    2 * COMPONENTS,
  );
  for (let i = 0; i < MEASURED; i++) if (!Number.isFinite(values[i])) values[i] = 0;
  return values;
}
