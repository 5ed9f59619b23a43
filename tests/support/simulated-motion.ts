import { mulberry32 } from '../../src/common/mulberry32.js';
import { MOTION_REGIONS, type MotionRegion, type MotionSample } from '../../src/spotting/contract.js';

/** An expression as motion: raised-cosine rise, hold, raised-cosine fall. Seconds and px. */
export interface SimulatedExpression {
  readonly onset: number;
  readonly rise: number;
  readonly hold?: number;
  readonly fall: number;
  /** Displacement of each moving region at the peak: u, v px. */
  readonly peaks: Partial<Record<MotionRegion, readonly [number, number]>>;
}

export interface Simulation {
  readonly fps: number;
  readonly seconds: number;
  readonly expressions?: readonly SimulatedExpression[];
  /** Standard deviation of white noise on each u, v, px. Default 0.05. */
  readonly noise?: number;
  readonly seed?: number;
  /** Changes a sample after it was made; `undefined` drops the frame. */
  readonly alter?: (sample: MotionSample) => MotionSample | undefined;
}

export const BROW_RAISE = {
  brow_outer_left: [0, -1.6],
  brow_inner_left: [0, -2],
  brow_inner_right: [0, -2],
  brow_outer_right: [0, -1.6],
} as const;

/** 0..1..0 of an expression at time t. */
export function courseOf({ onset, rise, hold = 0, fall }: SimulatedExpression, t: number): number {
  const s = t - onset;
  if (s <= 0 || s >= rise + hold + fall) return 0;
  if (s < rise) return 0.5 - 0.5 * Math.cos((Math.PI * s) / rise);
  if (s <= rise + hold) return 1;
  return 0.5 + 0.5 * Math.cos((Math.PI * (s - rise - hold)) / fall);
}

/** The motion samples of one simulated face. */
export function* simulate({ fps, seconds, expressions = [], noise = 0.05, seed = 1, alter }: Simulation): Generator<MotionSample> {
  const random = gaussian(seed);
  const count = Math.round(fps * seconds);
  for (let index = 0; index < count; index++) {
    const t = index / fps;
    const motion = Float32Array.from({ length: 2 * MOTION_REGIONS.length }, () => noise * random());
    for (const expression of expressions) {
      const course = courseOf(expression, t);
      MOTION_REGIONS.forEach((region, r) => {
        const [u, v] = expression.peaks[region] ?? [0, 0];
        motion[2 * r]! += course * u;
        motion[2 * r + 1]! += course * v;
      });
    }
    const sample: MotionSample = {
      face: 'f1',
      t,
      index,
      epoch: 0,
      motion,
      sigma: new Float32Array(motion.length).fill(noise),
      eyes: [0.3 + 0.005 * random(), 0.3 + 0.005 * random()],
      mouth: 0.02,
      pose: { yaw: 0, pitch: 0, roll: 0 },
      headSpeed: Math.abs(2 * random()),
      turnSpeed: Math.abs(0.01 * random()),
      quality: 0.9,
    };
    const altered = alter === undefined ? sample : alter(sample);
    if (altered !== undefined) yield altered;
  }
}

/** Gaussian numbers from a seed (mulberry32 and Box-Muller). */
export function gaussian(seed: number): () => number {
  const uniform = mulberry32(seed);
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}
