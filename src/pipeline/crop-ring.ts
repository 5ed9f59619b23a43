import { nearestByTime } from '../common/nearest-by-time.js';
import { toCrop, type AlignedFace } from '../face/mod.js';
import { toBytes } from './common-reference.js';

/** How far in media time a frame may lie from the moment that is asked for. */
const LARGEST_GAP_S = 0.15;

/** One remembered crop. */
export interface HeldCrop {
  readonly t: number;
  readonly reference: number;
  readonly luma: Uint8Array<ArrayBuffer>;
  /** Landmarks in crop pixels. */
  readonly landmarks: Float32Array<ArrayBuffer>;
}

/** Crops held beyond `capacity`, and seconds beyond `seconds`, for who asks how things stood a few frames ago. */
const SLACK = { crops: 8, seconds: 0.5 };

/**
 * The last registered crops of one face, so that a window's onset and apex can still be had when it opens. Bounded: at most
 * `capacity` crops (50 kB each) that span at most `seconds`, and {@link SLACK}; where frames come faster than fits, every n-th is stored.
 */
export class CropRing {
  readonly #held: HeldCrop[] = [];
  readonly #capacity: number;
  readonly #seconds: number;

  /** Defaults: 100 crops (5 MB), 3 s. */
  constructor(capacity = 100, seconds = 3) {
    this.#capacity = capacity;
    this.#seconds = seconds;
  }

  add(face: AlignedFace): void {
    const last = this.#held.at(-1);
    if (last && face.t - last.t < this.#seconds / this.#capacity - 1e-3 && face.t >= last.t) return;
    let spent: HeldCrop | undefined;
    while (this.#held.length >= this.#capacity + SLACK.crops || (this.#held[0] && face.t - this.#held[0].t > this.#seconds + SLACK.seconds))
      spent = this.#held.shift();
    // What falls out gives its memory to what comes in: 1.6 MB/s less for the collector.
    this.#held.push({
      t: face.t,
      reference: face.reference,
      luma: toBytes(face.crop, spent?.luma),
      landmarks: toCrop(face.landmarks, face.toFrame, spent?.landmarks),
    });
  }

  /**
   * The held crops nearest to a window's onset and apex (copy them: their memory is used again), or `undefined` where none is within
   * 0.15 s. Where both moments fall on one frame, as they may at 15 a second, the onset is the frame before. With `asOf`, a few frames
   * back at most, later crops don't count and those that have fallen out since do.
   */
  pair(onset: number, apex: number, asOf = Infinity): { readonly onset: HeldCrop; readonly apex: HeldCrop } | undefined {
    const until = this.#held.filter(({ t }) => t <= asOf);
    const now = until.at(-1)?.t ?? 0;
    const held = until.slice(-this.#capacity).filter(({ t }) => now - t <= this.#seconds);
    const second = nearestByTime(held, apex, LARGEST_GAP_S);
    const first = second && nearestByTime(held.slice(0, held.indexOf(second)), onset, LARGEST_GAP_S);
    return first && { onset: first, apex: second };
  }
}
