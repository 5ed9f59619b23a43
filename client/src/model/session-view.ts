import { signal } from '@preact/signals';
import type { Event, Unread } from '../../../src/events/schema.js';
import { MAX_LANES, TimelineModel, type Lane } from '../../../clients/javascript/src/timeline/index.js';

type TrackEvent = Extract<Event, { type: 'track' }>;
type StatsEvent = Extract<Event, { type: 'stats' }>;
type StartedEvent = Extract<Event, { type: 'session.started' }>;
type EndedEvent = Extract<Event, { type: 'session.ended' }>;

/** A face as last seen. `seenAt`: performance.now(). */
export interface SeenFace {
  readonly track: TrackEvent;
  readonly seenAt: number;
}

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
  /** performance.now() of the last `stats`; the session's pulse. */
  statsAt = -Infinity;
  /** performance.now() of the last `track` of any face. */
  trackAt = -Infinity;
  readonly #timeline = new TimelineModel();

  constructor(id: string) {
    this.id = id;
  }

  get lanes(): ReadonlyMap<string, Lane> {
    return this.#timeline.lanes;
  }

  /** The latest that other programs set. */
  get markers(): TimelineModel['markers'] {
    return this.#timeline.markers;
  }

  /** Newest media time known. */
  get mediaTime(): number {
    return this.#timeline.mediaTime;
  }

  /** performance.now()/1000 at which a media time was filmed, as well as it can be known here. Undefined without any event. */
  filmedAt(t: number): number | undefined {
    return this.#timeline.filmedAt(t);
  }

  /** Media time now, by extrapolation; for a timeline that glides. */
  mediaNow(now: number): number {
    return this.#timeline.mediaNow(now);
  }

  take(event: Event, now: number): void {
    this.#timeline.take(event, now);
    const names = this.laneNames.peek();
    if (this.lanes.size !== names.length || names.some((name) => !this.lanes.has(name))) this.laneNames.value = [...this.lanes.keys()];
    switch (event.type) {
      case 'session.started':
        this.started.value = event;
        break;
      case 'session.ended':
        this.ended.value = event;
        this.faces.clear();
        this.#unjudged(event.totals.unread);
        break;
      case 'stats':
        this.stats.value = event;
        this.statsAt = now;
        this.#unjudged(event.unread);
        break;
      case 'track':
        this.faces.set(event.face, { track: event, seenAt: now });
        this.trackAt = now;
        this.#forgetFaces(now);
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

  #forgetFaces(now: number): void {
    for (const [id, face] of this.faces) if (now - face.seenAt > 5000) this.faces.delete(id);
  }
}
