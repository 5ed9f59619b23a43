import type { Event } from '../../../../src/events/schema.js';
import { SignalTrace } from './signal-trace.js';

type MarkerEvent = Extract<Event, { type: 'marker' }>;

/** A marked window on the timeline; `offset` null while it is not known. Times are media seconds. */
export interface MarkedWindow {
  readonly id: string;
  readonly kind: 'micro' | 'macro';
  readonly onset: number;
  readonly apex: number;
  readonly offset: number | null;
  readonly withdrawn: boolean;
}

/** One face's lane of the timeline. */
export interface Lane {
  readonly trace: SignalTrace;
  readonly windows: Map<string, MarkedWindow>;
  unit: 'px' | 'likelihood';
}

/** Windows kept in a lane; the timeline shows the last minute at most. */
const MAX_WINDOWS = 64;
/** Markers kept; the timeline shows the last minute at most. */
const MAX_MARKERS = 256;
/** Lanes kept; a crowd passing by must not grow the page without end. */
export const MAX_LANES = 16;

/** What a timeline draws of one session: motion and windows by face, markers, and the time. Bounded. */
export class TimelineModel {
  /** In order of appearance. */
  readonly lanes = new Map<string, Lane>();
  /** The latest that other programs set. */
  readonly markers: MarkerEvent[] = [];
  /** Newest media time known. */
  mediaTime = 0;
  #ended = false;
  /** performance.now()/1000 minus media time, as small as it was ever seen: the clocks' offset with the least delay. */
  #clockOffset = Infinity;
  readonly #faceOf = new Map<string, string>();

  /** performance.now()/1000 at which a media time was filmed, as well as it can be known here. Undefined without any event. */
  filmedAt(t: number): number | undefined {
    return Number.isFinite(this.#clockOffset) ? t + this.#clockOffset : undefined;
  }

  /** Media time now, by extrapolation; for a timeline that glides. */
  mediaNow(now: number): number {
    if (this.#ended || !Number.isFinite(this.#clockOffset)) return this.mediaTime;
    // Never ahead of the data by more than half a second: a stalled stream must look stalled.
    return Math.min(now / 1000 - this.#clockOffset, this.mediaTime + 0.5);
  }

  /** @param now performance.now() */
  take(event: Event, now: number): void {
    switch (event.type) {
      case 'session.ended':
        this.#ended = true;
        this.#reached(event.t);
        break;
      case 'stats':
        this.#reached(event.t);
        break;
      case 'track':
        this.#reached(event.t);
        this.#clockOffset = Math.min(this.#clockOffset, now / 1000 - event.t);
        break;
      case 'signal': {
        const lane = this.#lane(event.face);
        lane.unit = event.unit ?? 'px';
        lane.trace.push(event.t, event.motion, event.threshold);
        this.#reached(event.t.at(-1) ?? 0);
        break;
      }
      case 'marker':
        this.markers.push(event);
        if (this.markers.length > MAX_MARKERS) this.markers.shift();
        break;
      case 'annotation.opened':
      case 'annotation.updated':
      case 'annotation.closed':
        this.#window(event);
        break;
    }
  }

  #window(event: Extract<Event, { type: 'annotation.opened' | 'annotation.updated' | 'annotation.closed' }>): void {
    if (event.type === 'annotation.opened') {
      const { annotation: id, face, kind, onset, apex } = event;
      this.#faceOf.set(id, face);
      this.#mark(face, { id, kind, onset, apex, offset: null, withdrawn: false });
      return;
    }
    if (event.type === 'annotation.closed') {
      const { id, face, kind, onset, apex, offset, withdrawn } = event.annotation;
      this.#faceOf.delete(id);
      this.#mark(face, { id, kind, onset, apex, offset, withdrawn: withdrawn !== undefined });
      return;
    }
    const face = this.#faceOf.get(event.annotation);
    const window = face === undefined ? undefined : this.lanes.get(face)?.windows.get(event.annotation);
    if (face === undefined || !window) return;
    const { kind = window.kind, onset = window.onset, apex = window.apex, offset = window.offset } = event;
    this.#mark(face, { ...window, kind, onset, apex, offset });
  }

  #reached(t: number): void {
    this.mediaTime = Math.max(this.mediaTime, t);
  }

  #lane(face: string): Lane {
    let lane = this.lanes.get(face);
    if (!lane) {
      lane = { trace: new SignalTrace(), windows: new Map(), unit: 'px' };
      this.lanes.set(face, lane);
      if (this.lanes.size > MAX_LANES) {
        const oldest = [...this.lanes].sort(([, one], [, other]) => one.trace.end - other.trace.end).find(([name]) => name !== face)?.[0];
        if (oldest !== undefined) this.lanes.delete(oldest);
      }
    }
    return lane;
  }

  #mark(face: string, window: MarkedWindow): void {
    const { windows } = this.#lane(face);
    windows.set(window.id, window);
    if (windows.size > MAX_WINDOWS) {
      const oldest = windows.keys().next().value;
      if (oldest !== undefined) windows.delete(oldest);
    }
    if (this.#faceOf.size > 1000) this.#faceOf.clear();
  }
}
