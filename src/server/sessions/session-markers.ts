import type { EventDraft, Marker, NewMarker } from '../../events/mod.js';
import type { WallClock } from '../../pipeline/mod.js';

/** Markers of one session; an experiment of some hours has a few thousand. */
const MAX_MARKERS = 10_000;
/** Media seconds that a marker may lie ahead of the last frame. */
const MAX_AHEAD = 60;

/** Why a marker was not added. */
export type MarkerRefusal = 'too_many_markers' | 'no_frame_yet' | 'out_of_range' | 'no_wall_clock';

export interface SessionMarkersOptions {
  readonly session: string;
  /** Undefined for recordings, which have no wall-clock time. */
  readonly clock: WallClock | undefined;
  /** Media seconds of the last frame; undefined before the first one. */
  readonly lastT: () => number | undefined;
  readonly publish: (draft: EventDraft) => void;
}

/** Markers that another program sets in a running session. */
export class SessionMarkers {
  readonly #options: SessionMarkersOptions;
  #count = 0;

  constructor(options: SessionMarkersOptions) {
    this.#options = options;
  }

  /** Publishes a marker. @param arrived when the request came, ms since the epoch: its time, where it says none */
  add({ t, at, ...rest }: NewMarker, arrived: number): Marker | MarkerRefusal {
    const { session, clock, lastT, publish } = this.#options;
    if (this.#count >= MAX_MARKERS) return 'too_many_markers';
    if (t === undefined && !clock) return 'no_wall_clock';
    const time = t ?? clock?.mediaTime(at ?? arrived);
    const last = lastT();
    // The event of the session's start comes first.
    if (time === undefined || last === undefined) return 'no_frame_yet';
    if (time < 0 || time > last + MAX_AHEAD) return 'out_of_range';
    const wall = clock?.at(time);
    const marker: Marker = { marker: `${session}-m${String(++this.#count)}`, session, t: time, ...(wall ? { wall } : {}), ...rest };
    publish({ type: 'marker', ...marker });
    return marker;
  }
}
