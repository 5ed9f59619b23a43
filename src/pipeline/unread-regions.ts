import type { Unread } from '../events/schema.js';
import { isReadable, MOTION_REGIONS, type MotionRegion, type MotionSample } from '../spotting/contract.js';
import type { BlockReason } from './quality-gate.js';

/** Why a region was not read: what stands against the whole face, or else its template was lost: covered, deformed, or moved too fast. */
export type UnreadReason = BlockReason | 'lost';

/** A longer pause between two frames of a face is no time that was watched, s. */
const LONGEST = 0.5;
/** Faces counted apart; those that come later are left out. */
const MOST_FACES = 16;

interface Watched {
  t: number;
  seconds: number;
  recent: boolean;
  readonly regions: Map<string, Map<UnreadReason, number>>;
}

/** Counts the media time during which regions of a face in view could not be read, and why. */
export class UnreadRegions {
  readonly #faces = new Map<string, Watched>();
  /** Seconds that {@link take} has not handed out yet, over all faces. */
  #counted = new Map<MotionRegion, Map<UnreadReason, number>>();

  /** @param fault what stands against the face as a whole, the worst */
  see(sample: MotionSample, fault: BlockReason | undefined): void {
    const face = this.#faces.get(sample.face);
    if (!face) {
      if (this.#faces.size < MOST_FACES) this.#faces.set(sample.face, { t: sample.t, seconds: 0, recent: true, regions: new Map() });
      return;
    }
    const seconds = sample.t - face.t;
    face.t = sample.t;
    face.recent = true;
    if (!(seconds > 0 && seconds <= LONGEST)) return;
    face.seconds += seconds;
    MOTION_REGIONS.forEach((region, r) => {
      if (isReadable(sample, r)) return;
      add(face.regions, region, fault ?? 'lost', seconds);
      add(this.#counted, region, fault ?? 'lost', seconds);
    });
  }

  /** As `session.ended` says it, to a hundredth of a second. */
  totals(): Unread[] {
    return [...this.#faces].map(([face, watched]) => unreadOf(face, watched));
  }

  /** The same of the faces that were seen since the last call. */
  recent(): Unread[] {
    const seen = [...this.#faces].filter(([, { recent }]) => recent);
    for (const [, watched] of seen) watched.recent = false;
    return seen.map(([face, watched]) => unreadOf(face, watched));
  }

  /** Calls `count` with the seconds since the last call, of all faces together. */
  take(count: (region: MotionRegion, reason: UnreadReason, seconds: number) => void): void {
    for (const [region, reasons] of this.#counted) for (const [reason, seconds] of reasons) count(region, reason, seconds);
    this.#counted = new Map();
  }
}

function add<K>(sums: Map<K, Map<UnreadReason, number>>, region: K, reason: UnreadReason, seconds: number): void {
  const reasons = sums.get(region) ?? new Map<UnreadReason, number>();
  reasons.set(reason, (reasons.get(reason) ?? 0) + seconds);
  sums.set(region, reasons);
}

function unreadOf(face: string, { seconds, regions }: Watched): Unread {
  const round = (value: number): number => Math.round(value * 100) / 100;
  return {
    face,
    watched: round(seconds),
    regions: Object.fromEntries(
      [...regions].map(([region, reasons]) => [region, Object.fromEntries([...reasons].map(([reason, lost]) => [reason, round(lost)]))]),
    ),
  };
}
