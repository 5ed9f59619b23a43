import { invert, solve } from './solve.js';

/** A point of the face and where it went; z as in the relief. */
export interface MovedPoint {
  readonly x: number;
  readonly y: number;
  readonly z: number;
  readonly u: number;
  readonly v: number;
  /** px, standard deviation of u and v. */
  readonly sigma: number;
}

/** Translation (px), log of the scale, and turns about the image's x, y and z axes (radians). */
export type RigidParameters = readonly [tx: number, ty: number, scale: number, rx: number, ry: number, rz: number];

/** A rigid motion of a head before a scaled orthographic camera, about a centre. */
export interface RigidMotion {
  readonly parameters: RigidParameters;
  readonly centre: readonly [x: number, y: number, z: number];
  /** Robust standard deviation of what it leaves over at the points it was fitted to, px. */
  readonly residual: number;
  /** Share of the points that it agrees with. */
  readonly agreement: number;
  /** Where it takes a point, less the point. */
  at(x: number, y: number, z: number): readonly [u: number, v: number];
  /** px: standard error of that. */
  errorAt(x: number, y: number, z: number): number;
}

const STILL: RigidParameters = [0, 0, 0, 0, 0, 0];
const ROUNDS = 12;
/** Tukey's biweight: beyond so many sigmas a point has no say. */
const REJECT = 4;
/** px; points never agree better than this, so that a few still ones can't shut out all others. */
const LEAST_SIGMA = 0.06;
/** Standard deviations of what heads do between two registered frames: nothing in the points speaks for more where they are few. */
const PRIOR = [20, 20, 0.1, 0.3, 0.3, 0.3] as const;

/** Six-parameter fit, robust: points that the others contradict (skin that moved by itself) lose their say. Undefined below ten points. */
export function fitRigid(points: readonly MovedPoint[], start: RigidParameters = STILL): RigidMotion | undefined {
  if (points.length < 10) return undefined;
  const mean = (pick: (point: MovedPoint) => number): number => points.reduce((sum, point) => sum + pick(point), 0) / points.length;
  const centre = [mean((p) => p.x), mean((p) => p.y), mean((p) => p.z)] as const;
  let parameters = start;
  let scale = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const move = mover(parameters, centre);
    const away = points.map((point) => distance(point, move));
    // Begins by heeding all, and grows strict as the fit grows better.
    const robust = Math.max(LEAST_SIGMA, (1.4826 / 1.1774) * median(away));
    scale = round < 3 ? Math.max(robust, 3 * LEAST_SIGMA) : robust;
    const step = gaussNewton(points, weightsOf(away, scale), parameters, centre);
    if (!step) return undefined;
    parameters = parameters.map((value, i) => value + step[i]!) as unknown as RigidParameters;
  }
  return describe(points, parameters, centre, scale);
}

function describe(
  points: readonly MovedPoint[],
  parameters: RigidParameters,
  centre: readonly [number, number, number],
  scale: number,
): RigidMotion {
  const move = mover(parameters, centre);
  const slope = slopes(parameters, centre);
  const weights = weightsOf(
    points.map((point) => distance(point, move)),
    scale,
  );
  const residual = scale;
  const covariance = invert(normalOf(points, weights, parameters, centre).normal, 6);
  // Flow and landmarks err alike in neighbours: about one in four points tells something of its own.
  const inflation = 4 * residual ** 2;
  return {
    parameters,
    centre,
    residual,
    agreement: weights.filter((weight) => weight > 0.2).length / points.length,
    at: move,
    errorAt: (x, y, z) => {
      if (!covariance) return residual;
      const rows = slope(x, y, z);
      const variance = rows.map((row) => quadratic(row, covariance));
      return Math.sqrt((inflation * ((variance[0] ?? 0) + (variance[1] ?? 0))) / 2);
    },
  };
}

function distance({ x, y, z, u, v, sigma }: MovedPoint, move: Move): number {
  const [pu, pv] = move(x, y, z);
  return Math.hypot(u - pu, v - pv) / Math.max(0.2, sigma);
}

function weightsOf(away: readonly number[], scale: number): number[] {
  return away.map((value) => Math.max(0, 1 - (value / (REJECT * scale)) ** 2) ** 2);
}

type Move = (x: number, y: number, z: number) => readonly [u: number, v: number];

/** Turns about x (y towards z), then y (z towards x), then z (x towards y), about the centre; then scale and translation. */
function mover([tx, ty, scale, rx, ry, rz]: RigidParameters, centre: readonly [number, number, number]): Move {
  const [cx, sx, cy, sy, cz, sz] = [Math.cos(rx), Math.sin(rx), Math.cos(ry), Math.sin(ry), Math.cos(rz), Math.sin(rz)];
  const grow = Math.exp(scale);
  return (x, y, z) => {
    const px = x - centre[0];
    const py = y - centre[1];
    const pz = z - centre[2];
    const y1 = cx * py - sx * pz;
    const x2 = cy * px + sy * (sx * py + cx * pz);
    return [grow * (cz * x2 - sz * y1) + tx - px, grow * (sz * x2 + cz * y1) + ty - py];
  };
}

/** How u and v at a point change with each parameter. */
type Slopes = (x: number, y: number, z: number) => readonly [us: readonly number[], vs: readonly number[]];

function slopes(parameters: RigidParameters, centre: readonly [number, number, number]): Slopes {
  const base = mover(parameters, centre);
  const steps = parameters.map((value, i) => {
    const step = i < 2 ? 1 : 1e-4;
    return { step, move: mover(parameters.map((other, j) => (i === j ? value + step : other)) as unknown as RigidParameters, centre) };
  });
  return (x, y, z) => {
    const [u, v] = base(x, y, z);
    const ends = steps.map(({ step, move }) => ({ step, end: move(x, y, z) }));
    return [ends.map(({ step, end }) => (end[0] - u) / step), ends.map(({ step, end }) => (end[1] - v) / step)];
  };
}

function normalOf(
  points: readonly MovedPoint[],
  weights: readonly number[],
  parameters: RigidParameters,
  centre: readonly [number, number, number],
): { readonly normal: Float64Array; readonly right: Float64Array } {
  const normal = new Float64Array(36);
  const right = new Float64Array(6);
  const move = mover(parameters, centre);
  const slope = slopes(parameters, centre);
  points.forEach((point, k) => {
    const weight = (weights[k] ?? 0) / Math.max(0.2, point.sigma) ** 2;
    if (weight === 0) return;
    const [u, v] = move(point.x, point.y, point.z);
    for (const [row, left] of slope(point.x, point.y, point.z).map((row, i) => [row, i === 0 ? point.u - u : point.v - v] as const)) {
      for (let p = 0; p < 6; p++) {
        right[p] = right[p]! + weight * (row[p] ?? 0) * left;
        for (let q = 0; q < 6; q++) normal[p * 6 + q] = normal[p * 6 + q]! + weight * (row[p] ?? 0) * (row[q] ?? 0);
      }
    }
  });
  PRIOR.forEach((sigma, i) => {
    normal[i * 7] = normal[i * 7]! + 1 / sigma ** 2;
  });
  return { normal, right };
}

function gaussNewton(
  points: readonly MovedPoint[],
  weights: readonly number[],
  parameters: RigidParameters,
  centre: readonly [number, number, number],
): Float64Array | undefined {
  const { normal, right } = normalOf(points, weights, parameters, centre);
  return solve(normal, right);
}

function quadratic(row: readonly number[], matrix: Float64Array): number {
  let sum = 0;
  for (let p = 0; p < 6; p++) for (let q = 0; q < 6; q++) sum += (row[p] ?? 0) * (row[q] ?? 0) * matrix[p * 6 + q]!;
  return sum;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
