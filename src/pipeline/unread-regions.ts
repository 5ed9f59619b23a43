import type { Totals } from '../annotations/schema.js';
import { isReadable, MOTION_REGIONS, type MotionSample } from '../spotting/window.js';
import type { Hindrance } from './unspottable.js';

/** Why a region was not read: what stands against the whole face, or else its template was lost: covered, deformed, or moved too fast. */
export type UnreadReason = Hindrance | 'lost';

/** A longer pause between two frames of a face is no time that was watched, s. */
const LONGEST = 0.5;
/** Faces counted apart; those that come later are left out. */
const MOST_FACES = 16;

interface Watched { t: number; seconds: number; readonly regions: Map<string, Map<UnreadReason, number>> }

/** Counts the media time during which regions of a face in view could not be read, and why. */
export class UnreadRegions {
  readonly #faces = new Map<string, Watched>();

  /** @param fault what stands against the face as a whole, the worst */
  see(sample: MotionSample, fault: Hindrance | undefined): void {
    const face = this.#faces.get(sample.face);
    if (!face) {
      if (this.#faces.size < MOST_FACES) this.#faces.set(sample.face, { t: sample.t, seconds: 0, regions: new Map() });
      return;
    }
    const seconds = sample.t - face.t;
    face.t = sample.t;
    if (!(seconds > 0 && seconds <= LONGEST)) return;
    face.seconds += seconds;
    MOTION_REGIONS.forEach((region, r) => {
      if (isReadable(sample, r)) return;
      const reasons = face.regions.get(region) ?? new Map<UnreadReason, number>();
      const reason = fault ?? 'lost';
      reasons.set(reason, (reasons.get(reason) ?? 0) + seconds);
      face.regions.set(region, reasons);
    });
  }

  /** As `session.ended` says it, to a hundredth of a second. */
  totals(): NonNullable<Totals['unread']> {
    const round = (seconds: number): number => Math.round(seconds * 100) / 100;
    return [...this.#faces].map(([face, { seconds, regions }]) => ({
      face, watched: round(seconds),
      regions: Object.fromEntries([...regions].map(([region, reasons]) => [region, Object.fromEntries([...reasons].map(([reason, lost]) => [reason, round(lost)]))])),
    }));
  }
}
