import { nearestByTime } from '../../common/nearest-by-time.js';
import { isReadable, MOTION_REGIONS, type MotionRegion, type MotionSample, type SpotterEvent, type Window } from '../contract.js';
import { Decoder, type Decoded, type DecodedWindow } from './decoder.js';
import { CLASS, type TickLikelihoods } from './likelihoods.js';

export interface LearnedSpotterOptions {
  /** Longest micro-expression, onset to offset, s. Default 0.5. */
  readonly microMax?: number;
  /** Raw score that an alert must reach, 0..1; may change while it runs. */
  readonly threshold: () => number;
  /** Raw score to the share of right alerts: points of a rising line, as in the model's card. */
  readonly calibration: readonly (readonly [number, number])[];
}

/** Samples kept to say which regions moved: 6 s at 200 fps. */
const KEPT = 1200;
/** Quality below which nothing is spotted: the face's faults say why. */
const BLIND = 0.35;
/**
 * A macro-expression needs no more than this raw score, however few false micro-expressions are asked for; chosen on ME-Inject's validation
 * split.
 */
const MACRO_THRESHOLD = 0.3;
/** No facial movement is over sooner, s: such a window was cut off by missing frames. */
const SHORTEST = 0.08;
/** Nor does any rise in less, s: one tick of the network's. */
const SHORTEST_RISE = 0.02;
/** A region counts as moved from this share of the strongest one's displacement, and from this many sigmas. */
const MOVED_SHARE = 0.4;
const MOVED_SIGMAS = 3;
/** A later maximum becomes the apex where a region is farther by this factor, and by those sigmas, than at the first. */
const STRONGER = 1.25;

interface Kept {
  readonly t: number;
  readonly motion: Float32Array;
  readonly sigma: Float32Array;
}

/** One face's spotter: likelihoods come from the network's thread, windows go out. No clock, no I/O. */
export class LearnedSpotter {
  readonly #options: LearnedSpotterOptions;
  readonly #decoder: Decoder;
  readonly #samples: Kept[] = [];
  #epoch: number | undefined;
  #quality = 1;
  #count = 0;
  #window: Window | undefined;

  constructor(options: LearnedSpotterOptions) {
    this.#options = options;
    // Where the face can't be measured nothing is said, rather than guessed.
    const threshold = (kind: 'micro' | 'macro'): number => {
      if (this.#quality < BLIND) return Number.POSITIVE_INFINITY;
      return kind === 'micro' ? options.threshold() : Math.min(options.threshold(), MACRO_THRESHOLD);
    };
    this.#decoder = new Decoder({ threshold, microMax: options.microMax ?? 0.5 });
  }

  /** Takes the next sample and the likelihoods that it completed. */
  push(sample: MotionSample, ticks: readonly TickLikelihoods[]): SpotterEvent[] {
    const events: SpotterEvent[] = [];
    if (this.#epoch !== undefined && sample.epoch !== this.#epoch) {
      events.push(...this.flush(), { type: 'reset', face: sample.face, t: sample.t, reason: 'reference' });
      this.#samples.length = 0;
    }
    this.#epoch = sample.epoch;
    this.#quality = sample.quality;
    this.#samples.push({ t: sample.t, motion: sample.motion, sigma: sample.sigma });
    if (this.#samples.length > KEPT) this.#samples.splice(0, KEPT / 4);
    for (const tick of ticks) {
      for (const decoded of this.#decoder.push(tick))
        events.push(...(decoded.type === 'peaked' ? this.#rise(decoded.window.apex) : [this.#tell(sample.face, decoded)]));
    }
    const last = ticks.at(-1);
    if (last !== undefined) {
      const motion = Math.max(last.values[CLASS.micro]!, last.values[CLASS.macro]!);
      events.push({ type: 'signal', face: sample.face, t: sample.t, motion, threshold: this.#options.threshold(), unit: 'likelihood' });
    }
    return events;
  }

  /** The face is gone or the stream has ended: an open window is closed with what is known. */
  flush(): SpotterEvent[] {
    const face = this.#window?.face ?? '';
    return this.#decoder.flush().flatMap((decoded) => (decoded.type === 'peaked' ? [] : [this.#tell(face, decoded)]));
  }

  #tell(face: string, { type, window }: Exclude<Decoded, { type: 'peaked' }>): SpotterEvent {
    const known = type === 'opened' ? undefined : this.#window;
    const told: Window = {
      key: known?.key ?? `${face}-${String(++this.#count)}`,
      face,
      kind: window.kind,
      onset: Math.max(0, window.onset),
      apex: Math.max(0, window.apex, known?.apex ?? 0),
      ...(window.offset === undefined ? {} : { offset: window.offset }),
      score: this.#score(window.raw),
      ...(known ? { peak: known.peak, regions: known.regions } : this.#moved(window)),
    };
    const done = type === 'closed' || type === 'withdrawn';
    this.#window = done ? undefined : told;
    if (done && window.offset !== undefined && (window.offset - window.onset < SHORTEST || window.apex - window.onset < SHORTEST_RISE))
      return { type: 'withdrawn', window: told, reason: 'gap' };
    if (type === 'withdrawn') return { type, window: told, reason: 'nuisance' };
    return { type, window: told };
  }

  /** A further maximum becomes the apex where the face has clearly moved on by then: another side or region that follows. */
  #rise(apex: number): SpotterEvent[] {
    const before = this.#window;
    if (!before) return [];
    const reached = this.#reached(before.onset, before.apex),
      reaches = this.#reached(before.onset, apex);
    if (reaches.length <= STRONGER * reached.length || reaches.length - reached.length < MOVED_SIGMAS * reaches.sigma) return [];
    this.#window = { ...before, apex, ...this.#moved({ onset: before.onset, apex }) };
    return [{ type: 'updated', window: this.#window }];
  }

  /** How far the region that moved most is from where it was; lids apart, since a blink moves them farther than any expression. */
  #reached(onset: number, apex: number): { readonly length: number; readonly sigma: number } {
    const lengths = this.#lengths(onset, apex).filter(({ region }) => !region.startsWith('eyelid'));
    return lengths[0] ?? { length: 0, sigma: 0 };
  }

  /** Calibrated score, damped where the face is seen badly. */
  #score(raw: number): number {
    const quality = Number.isFinite(this.#quality) ? Math.min(1, Math.max(0, this.#quality)) : 0;
    return interpolate(this.#options.calibration, raw) * Math.min(1, Math.sqrt(quality / 0.5));
  }

  /** How far the regions moved between onset and apex. */
  #moved({ onset, apex }: Pick<DecodedWindow, 'onset' | 'apex'>): Pick<Window, 'peak' | 'regions'> {
    const lengths = this.#lengths(onset, apex);
    const peak = lengths[0]?.length ?? 0;
    return {
      peak,
      regions: lengths
        .filter(({ length, sigma }, i) => i === 0 || (length >= MOVED_SHARE * peak && length >= MOVED_SIGMAS * sigma))
        .map(({ region }) => region),
    };
  }

  /** The displacements between two moments of the regions that could be read at both, largest first. */
  #lengths(onset: number, apex: number): { readonly region: MotionRegion; readonly length: number; readonly sigma: number }[] {
    const from = nearestByTime(this.#samples, onset),
      to = nearestByTime(this.#samples, apex);
    if (!from || !to) return [];
    return MOTION_REGIONS.map((region, r) => ({
      region,
      isKnown: isReadable(from, r) && isReadable(to, r),
      length: Math.hypot(to.motion[2 * r]! - from.motion[2 * r]!, to.motion[2 * r + 1]! - from.motion[2 * r + 1]!),
      sigma: Math.hypot(to.sigma[2 * r]!, to.sigma[2 * r + 1]!),
    }))
      .filter(({ isKnown, length }) => isKnown && Number.isFinite(length))
      .sort((a, b) => b.length - a.length);
  }
}

/** The straight lines through points of rising x, held beyond the ends. */
export function interpolate(points: readonly (readonly [number, number])[], x: number): number {
  const first = points[0],
    last = points.at(-1);
  if (!first || !last) return x;
  if (x <= first[0]) return first[1];
  for (let i = 1; i < points.length; i++) {
    const [x0, y0] = points[i - 1]!,
      [x1, y1] = points[i]!;
    if (x <= x1) return x1 > x0 ? y0 + ((y1 - y0) * (x - x0)) / (x1 - x0) : y1;
  }
  return last[1];
}
