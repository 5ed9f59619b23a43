import { signal } from '@preact/signals';
import type { Event, Unread } from '../../../src/events/schema.js';
import { SignalTrace } from './signal-trace.js';

type TrackEvent = Extract<Event, { type: 'track' }>;
type StatsEvent = Extract<Event, { type: 'stats' }>;
type StartedEvent = Extract<Event, { type: 'session.started' }>;
type MarkerEvent = Extract<Event, { type: 'marker' }>;
type EndedEvent = Extract<Event, { type: 'session.ended' }>;

/** A face as last seen. `seenAt`: performance.now(). */
export interface SeenFace {
  readonly track: TrackEvent;
  readonly seenAt: number;
}

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
const MAX_LANES = 16;

/**
 * What the ephemeral and durable events say of one session. What changes ten times a second and more (faces, lanes) is
 * plain data that the canvases read when they draw; the rest are signals.
 */
export class SessionView {
  readonly id: string;
  readonly started = signal<StartedEvent | undefined>(undefined);
  readonly ended = signal<EndedEvent | undefined>(undefined);
  readonly stats = signal<StatsEvent | undefined>(undefined);
  /** What could not be judged so far, by face. */
  readonly unread = signal<ReadonlyMap<string, Unread>>(new Map());
  /** The last fault that the server told, with its media time. */
  readonly fault = signal<{ code: string; message: string; t: number } | undefined>(undefined);
  /** Faces with a lane, in order of appearance. */
  readonly laneNames = signal<readonly string[]>([]);
  readonly faces = new Map<string, SeenFace>();
  readonly lanes = new Map<string, Lane>();
  /** The latest that other programs set. */
  readonly markers: MarkerEvent[] = [];
  /** performance.now() of the last `stats`; the session's pulse. */
  statsAt = -Infinity;
  /** performance.now() of the last `track` of any face. */
  trackAt = -Infinity;
  /** Newest media time known. */
  mediaTime = 0;
  /** performance.now()/1000 minus media time, as small as it was ever seen: the clocks' offset with the least delay. */
  #clockOffset = Infinity;
  readonly #faceOf = new Map<string, string>();

  constructor(id: string) {
    this.id = id;
  }

  /** performance.now()/1000 at which a media time was filmed, as well as it can be known here. Undefined without any event. */
  filmedAt(t: number): number | undefined {
    return Number.isFinite(this.#clockOffset) ? t + this.#clockOffset : undefined;
  }

  /** Media time now, by extrapolation; for a timeline that glides. */
  mediaNow(now: number): number {
    if (this.ended.peek() || !Number.isFinite(this.#clockOffset)) return this.mediaTime;
    // Never ahead of the data by more than half a second: a stalled stream must look stalled.
    return Math.min(now / 1000 - this.#clockOffset, this.mediaTime + 0.5);
  }

  take(event: Event, now: number): void {
    switch (event.type) {
      case 'session.started':
        this.started.value = event;
        break;
      case 'session.ended':
        this.ended.value = event;
        this.#reached(event.t);
        this.faces.clear();
        this.#unjudged(event.totals.unread);
        break;
      case 'stats':
        this.stats.value = event;
        this.statsAt = now;
        this.#reached(event.t);
        this.#unjudged(event.unread);
        break;
      case 'track':
        this.faces.set(event.face, { track: event, seenAt: now });
        this.trackAt = now;
        this.#reached(event.t);
        this.#clockOffset = Math.min(this.#clockOffset, now / 1000 - event.t);
        this.#forgetFaces(now);
        break;
      case 'signal':
        this.#lane(event.face).unit = event.unit ?? 'px';
        this.#lane(event.face).trace.push(event.t, event.motion, event.threshold);
        this.#reached(event.t.at(-1) ?? 0);
        break;
      case 'annotation.opened':
        this.#faceOf.set(event.annotation, event.face);
        this.#mark(event.face, {
          id: event.annotation,
          kind: event.kind,
          onset: event.onset,
          apex: event.apex,
          offset: null,
          withdrawn: false,
        });
        break;
      case 'annotation.updated': {
        const face = this.#faceOf.get(event.annotation);
        const window = face === undefined ? undefined : this.lanes.get(face)?.windows.get(event.annotation);
        if (face === undefined || !window) break;
        this.#mark(face, {
          ...window,
          kind: event.kind ?? window.kind,
          onset: event.onset ?? window.onset,
          apex: event.apex ?? window.apex,
          offset: event.offset ?? window.offset,
        });
        break;
      }
      case 'annotation.closed': {
        const { id, face, kind, onset, apex, offset, withdrawn } = event.annotation;
        this.#faceOf.delete(id);
        this.#mark(face, { id, kind, onset, apex, offset, withdrawn: withdrawn !== undefined });
        break;
      }
      case 'marker':
        this.markers.push(event);
        if (this.markers.length > MAX_MARKERS) this.markers.shift();
        break;
      case 'error':
        this.fault.value = { code: event.code, message: event.message, t: event.t };
        break;
    }
  }

  /** The faces seen within the last `within` milliseconds. */
  presentFaces(now: number, within = 1500): SeenFace[] {
    return [...this.faces.values()].filter((face) => now - face.seenAt <= within);
  }

  /** The sums so far of some faces. */
  #unjudged(unread: readonly Unread[] = []): void {
    if (unread.length > 0)
      this.unread.value = new Map([...this.unread.peek(), ...unread.map((one) => [one.face, one] as const)].slice(-MAX_LANES));
  }

  #reached(t: number): void {
    this.mediaTime = Math.max(this.mediaTime, t);
  }

  #forgetFaces(now: number): void {
    for (const [id, face] of this.faces) if (now - face.seenAt > 5000) this.faces.delete(id);
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
      this.laneNames.value = [...this.lanes.keys()];
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
