import type { QualityFault } from '../face/contract.js';

/**
 * Why nothing can be spotted on a face that is in view: its worst fault, or a picture rate at which brief movements fall between frames.
 */
export type BlockReason = QualityFault | 'few_frames';

/** Mean interval above which a movement of a fifth of a second has too few frames to be told from a glitch, s. */
const SLOWEST = 1 / 15;
/** Frames that the mean interval looks back over. */
const MEMORY = 15;
/** A longer pause between two frames of a face is no time that was watched, s. */
const LONGEST = 0.5;
/** What a pause counts for in the mean interval at most, s: one alone is no low rate. */
const PAUSE = 0.3;

interface Watched {
  t: number;
  interval: number;
}

/** Counts the media time during which faces were in view but could not be spotted on. A function of its inputs alone. */
export class QualityGate {
  readonly #faces = new Map<string, Watched>();

  /**
   * The next frame of a face. @param t media seconds @returns seconds lost since the frame before, and to what; undefined where the face
   * can be spotted on
   */
  see(face: string, t: number, faults: readonly QualityFault[]): { readonly fault: BlockReason; readonly seconds: number } | undefined {
    const before = this.#faces.get(face);
    const seconds = before ? t - before.t : 0;
    if (!before || seconds <= 0) {
      this.#faces.set(face, { t, interval: before?.interval ?? 0 });
      return undefined;
    }
    before.t = t;
    const counted = Math.min(seconds, PAUSE);
    before.interval = before.interval === 0 ? counted : before.interval + (counted - before.interval) / MEMORY;
    if (seconds > LONGEST) return undefined;
    const [fault] = this.blockReasons(face, faults);
    return fault === undefined ? undefined : { fault, seconds };
  }

  /** All that stands against spotting on a face now, worst first. */
  blockReasons(face: string, faults: readonly QualityFault[]): BlockReason[] {
    return (this.#faces.get(face)?.interval ?? 0) > SLOWEST ? [...faults, 'few_frames'] : [...faults];
  }

  lose(face: string): void {
    this.#faces.delete(face);
  }
}
