import { CLASS, DELAY, TICK, type TickLikelihoods } from '../../spotting/mod.js';
import type { MotionSample, SpotterEvent } from '../../spotting/contract.js';
import { QualityGate } from '../quality-gate.js';
import type { SeenFace, VisionResult } from '../vision/vision.js';
import { FaceUnits } from './face-units.js';
import type { FaceValues, SeriesRow, SeriesSink, SpotterValues } from './series-row.js';

/** Seconds that a row waits for the network's word on its moment, which comes {@link DELAY} ticks later. */
const LONGEST_WAIT_S = 0.4;
/** Farthest a tick may lie from the frame that it is about, s. */
const NEAR_S = 0.75 * TICK;
/** Ticks held of each face. */
const KEPT_TICKS = 40;

interface Followed {
  readonly units: FaceUnits;
  readonly ticks: { readonly about: number; readonly values: Float32Array }[];
  /** What rules say of the last frame. */
  signal: number;
  threshold: number;
  gone: boolean;
}

interface Waiting {
  readonly row: SeriesRow;
  readonly face: FaceValues | undefined;
}

/**
 * Makes the per-frame series of a session of what goes by: motion against rest as action units, and the spotter's likelihoods at the frame
 * that they are about. Rows come in the order of the frames, a few frames late. A function of its inputs alone.
 */
export class SeriesBuilder {
  readonly #learned: boolean;
  readonly #sink: SeriesSink;
  readonly #faces = new Map<string, Followed>();
  readonly #waiting: Waiting[] = [];
  readonly #gate = new QualityGate();
  #t = 0;

  /** @param learned whether the network's likelihoods come with the frames */
  constructor(learned: boolean, sink: SeriesSink) {
    this.#learned = learned;
    this.#sink = sink;
  }

  /** Takes the next frame, before what the spotter says of it. */
  see(result: VisionResult): void {
    const { index, t } = result;
    this.#t = t;
    for (const tick of result.ticks) this.#hear(tick);
    const rows = result.faces.flatMap((face): Waiting[] => {
      const sample = result.samples.find((one) => one.face === face.id);
      return sample ? [{ row: { index, t }, face: this.#measure(face, sample) }] : [];
    });
    this.#waiting.push(...(rows.length > 0 ? rows : [{ row: { index, t }, face: undefined }]));
    for (const id of result.lost) {
      this.#follow(id).gone = true;
      this.#gate.lose(id);
    }
    this.#release();
    for (const id of result.lost) this.#faces.delete(id);
  }

  spotted(event: SpotterEvent): void {
    if (event.type !== 'signal') return;
    const face = this.#follow(event.face);
    face.threshold = event.threshold;
    face.signal = event.motion;
  }

  /** The stream has ended. */
  end(): void {
    this.#t = Infinity;
    this.#release();
    this.#sink.end?.();
  }

  #follow(id: string): Followed {
    let face = this.#faces.get(id);
    if (!face) this.#faces.set(id, (face = { units: new FaceUnits(), ticks: [], signal: Number.NaN, threshold: Number.NaN, gone: false }));
    return face;
  }

  #hear({ face: id, t, values }: TickLikelihoods): void {
    const { ticks } = this.#follow(id);
    ticks.push({ about: t - DELAY * TICK, values });
    if (ticks.length > KEPT_TICKS) ticks.shift();
  }

  #measure({ id, quality, pose }: SeenFace, sample: MotionSample): FaceValues {
    const { t, epoch, eyes, mouth, headSpeed } = sample;
    this.#gate.see(id, t, quality.faults);
    return {
      id,
      quality: quality.score,
      fault: this.#gate.blockReasons(id, quality.faults)[0],
      eyeDistance: quality.eyeDistance,
      pose,
      epoch,
      eyes,
      mouth,
      headSpeed,
      ...this.#follow(id).units.see(sample),
    };
  }

  /** Hands on the rows whose moment the network has spoken of, or will not. */
  #release(): void {
    let done = 0;
    for (const { row, face } of this.#waiting) {
      if (face && !this.#isDue(row.t, face.id)) break;
      this.#sink.add(face ? { ...row, face: { ...face, ...this.#spotter(row.t, face.id) } } : row);
      done++;
    }
    this.#waiting.splice(0, done);
  }

  #isDue(t: number, id: string): boolean {
    if (this.#t - t >= LONGEST_WAIT_S) return true;
    const { ticks, gone } = this.#follow(id);
    // Rules speak of a frame after it was seen here.
    return gone || (this.#learned ? (ticks.at(-1)?.about ?? -Infinity) >= t : this.#t > t);
  }

  #spotter(t: number, id: string): SpotterValues {
    const { ticks, signal, threshold } = this.#follow(id);
    if (!this.#learned) return { score: signal, threshold };
    const nearest = ticks.reduce<(typeof ticks)[number] | undefined>(
      (best, tick) => (best === undefined || Math.abs(tick.about - t) < Math.abs(best.about - t) ? tick : best),
      undefined,
    );
    if (nearest === undefined || Math.abs(nearest.about - t) > NEAR_S) return { score: Number.NaN, threshold };
    return { likelihoods: nearest.values, score: scoreOf(nearest.values), threshold };
  }
}

/** What the spotter holds against its threshold at a maximum: the geometric mean of apex bell and being inside. */
function scoreOf(values: Float32Array): number {
  const inside = Math.max(values[CLASS.micro]!, values[CLASS.macro]!);
  return Math.sqrt(inside * Math.max(values[CLASS.micro_apex]!, values[CLASS.macro_apex]!));
}
