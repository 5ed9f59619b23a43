import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { settledWithin } from '../../common/time-limit.js';
import type { EventBus } from '../../events/bus/mod.js';
import type { EndReason, FrameSource } from '../../ingest/contract.js';
import type { EventDraft } from '../../events/mod.js';
import { sessionSeries } from './session-series.js';
import { runSession, type SeriesRecorder, type SessionServices, type WallClock } from '../../pipeline/mod.js';
import type { Spotting } from '../../spotting/mod.js';
import type { SessionOrigin, Store } from '../../store/mod.js';
import { LogThrottle, type Metrics } from '../../telemetry/mod.js';
import { EventAllowances } from './durable-events/allowance.js';
import { SessionEvents } from './durable-events/session-events.js';
import type { LoadCause } from '../health/overload.js';
import { refusalProblem, type Refusal } from '../http/refusal.js';
import type { Problem } from '../http/problem.js';
import { SessionMarkers } from './session-markers.js';
import type { ActiveSession, SessionRegistry } from './session-registry.js';

/** Milliseconds beyond the limit of a drain within which aborted alerts close. */
const ABORT_TIMEOUT_MS = 3000;
/** Milliseconds between writes of a live session's totals to the store. */
const PROGRESS_INTERVAL_MS = 5000;
/** Milliseconds that a publisher waits at most for its session to be found by other processes. */
const FINDABLE_TIMEOUT_MS = 2000;
const FINDABLE_INTERVAL_MS = 50;

export interface SessionsOptions {
  readonly registry: SessionRegistry;
  readonly services: Omit<SessionServices, 'onFailure' | 'publish' | 'admitsAlert'> & {
    /** A stage failed; called at most once a second per stage and session, with the number of failures suppressed in between. */
    readonly onFailure: (session: string, stage: string, error: unknown, left: { readonly suppressed?: number }) => void;
  };
  readonly bus: EventBus;
  readonly store: Store;
  /** Models and settings that sessions are analysed with. */
  readonly madeWith?: SessionOrigin;
  readonly metrics: Metrics;
  readonly spotting: Spotting;
  readonly maxSessions: number;
  /** Bytes that one session may store. */
  readonly maxBytes: number;
  /** Whether the curves of live sessions are stored, not only those of recordings. Default true. */
  readonly keepSeries?: boolean;
  /** Why the load allows no further session, if so. Default: never. */
  readonly overload?: () => LoadCause | undefined;
  /** Called when a session has ended, after its last annotation closed. */
  readonly onEnded?: (session: string) => void;
}

/** What {@link Sessions.start} needs to know of a session beyond its source. */
export interface SessionStart {
  /** Key of the publisher whose event allowance it uses. Default: its own id. */
  readonly writer?: string | undefined;
  /** Called once: its first picture arrived, or it ended without one. */
  readonly onSettled?: () => void;
  /** It is ended because its video keeps failing. */
  readonly onFaulty?: () => void;
  /** An uploaded recording, which does not count towards the limit of live sessions. Default false. */
  readonly recording?: boolean;
}

/** Starts and ends sessions, and publishes their events. */
export class Sessions {
  readonly #options: SessionsOptions;
  readonly #registry: SessionRegistry;
  readonly #allowances = new EventAllowances();
  /** How many of the registered sessions are recordings. */
  #recordings = 0;
  #draining = false;
  #reserved = 0;

  constructor(options: SessionsOptions) {
    this.#options = options;
    this.#registry = options.registry;
  }

  /** Live sessions, without those of recordings. */
  get live(): number {
    return this.#registry.size - this.#recordings;
  }

  /** Live sessions that this process accepts. */
  get max(): number {
    return this.#options.maxSessions;
  }

  /** Whether the threshold of a running session can be changed. */
  get adjustable(): boolean {
    return this.#options.spotting.method === 'learned';
  }

  get draining(): boolean {
    return this.#draining;
  }

  /** Why no further session is accepted, or `undefined`. */
  get refusal(): Refusal | undefined {
    if (this.#draining) return 'draining';
    if (this.live + this.#reserved >= this.#options.maxSessions) return 'full';
    return this.#options.overload?.() === undefined ? undefined : 'overloaded';
  }

  /** {@link refusal} as an HTTP problem. */
  get refusalProblem(): Problem | undefined {
    const { refusal } = this;
    return refusal && refusalProblem(refusal, this.#options.overload?.());
  }

  /**
   * Reserves capacity for a session that is being negotiated, so that two cannot take the last slot. Returns a function that releases it.
   */
  reserve(): () => void {
    let held = true;
    this.#reserved++;
    return () => {
      if (held) {
        held = false;
        this.#reserved--;
      }
    };
  }

  /** A new public session id: 60 bits, letters and digits only. */
  newId(): string {
    return `s${randomBytes(10).toString('base64url').replaceAll(/[-_]/g, 'x').slice(0, 11)}`;
  }

  /** Accepts no sessions from now on; live ones go on until {@link drain}. */
  stopTaking(): void {
    this.#draining = true;
  }

  start(id: string, name: string, source: FrameSource, start: SessionStart = {}): ActiveSession {
    const { store, metrics, spotting, madeWith } = this.#options;
    const { writer = id, onSettled, recording = false } = start;
    store.begin({ id, name, writer, ...(madeWith ? { made_with: madeWith } : {}) });
    let result = 'failed';
    // Events may be published before there is a clock to stamp them by.
    let clockOf = (): WallClock | undefined => undefined;
    const events = this.#eventsOf(id, writer, start, {
      stamp: (draft) => stamped(draft, clockOf()),
      onEnded: (reason) => {
        result = reason;
      },
      end: (reason) => {
        running.close(reason);
      },
    });
    const services = { ...this.#servicesOf(events, recording), series: this.#seriesOf(id, recording) };
    const running = runSession(source, { id, name, spotting }, services);
    // Bounds how stale the totals of a session are after a crash.
    const progress = setInterval(() => {
      store.progress(id, running.stats.totals());
    }, PROGRESS_INTERVAL_MS);
    const clock = recording ? undefined : running.stats.clock;
    clockOf = () => clock;
    const markers = new SessionMarkers({
      session: id,
      clock,
      lastT: () => (running.stats.analyzed === 0 ? undefined : running.stats.lastT),
      publish: events.offer,
    });
    const session: ActiveSession = { id, name, running, markers };
    this.#registry.add(session);
    if (recording) this.#recordings++;
    metrics.sessionsActive.set(this.live);
    void running.ended.then(() => {
      clearInterval(progress);
      this.#registry.remove(id);
      if (recording) this.#recordings--;
      onSettled?.();
      this.#options.onEnded?.(id);
      metrics.sessionsActive.set(this.live);
      metrics.sessionsTotal.inc({ result });
    });
    return session;
  }

  get(id: string): ActiveSession | undefined {
    return this.#registry.get(id);
  }

  /**
   * Resolves when every process can find the session: between processes, its begin travels by NATS. After {@link FINDABLE_TIMEOUT_MS}, or
   * where the store fails, it resolves anyway, since the session goes on without.
   */
  async findable(id: string): Promise<void> {
    const { store } = this.#options;
    for (const end = performance.now() + FINDABLE_TIMEOUT_MS; performance.now() < end;) {
      const found = await store.get(id).catch(() => 'unknown');
      if (found !== undefined) return;
      await pause(FINDABLE_INTERVAL_MS);
    }
  }

  /**
   * Accepts no new sessions, notifies the viewers of live ones and ends them. Unfinished alerts have `limit` milliseconds; then they
   * close as incomplete. Resolves when all sessions have ended.
   */
  async drain(reason: EndReason, limit: number): Promise<void> {
    this.stopTaking();
    const active = this.#registry.all;
    for (const { running } of active) {
      running.tell('server_draining', 'the server is shutting down; this session ends, publish again when it is back');
      running.close(reason);
    }
    const timer = setTimeout(() => {
      for (const { running } of active) running.abort();
    }, limit);
    // A session whose thread hangs does not react to the abort.
    await settledWithin(Promise.all(active.map((session) => session.running.ended)), limit + ABORT_TIMEOUT_MS);
    clearTimeout(timer);
  }

  /** A session's events on their way to the bus. */
  #eventsOf(
    id: string,
    writer: string,
    { onSettled, onFaulty, recording = false }: SessionStart,
    {
      stamp,
      onEnded,
      end,
    }: {
      readonly stamp: (draft: EventDraft) => EventDraft;
      readonly onEnded: (reason: string) => void;
      readonly end: (reason: EndReason) => void;
    },
  ): SessionEvents {
    const { bus, metrics, maxBytes } = this.#options;
    return new SessionEvents({
      session: id,
      maxBytes,
      metrics,
      allowance: this.#allowances.open(writer),
      endsFaulty: !recording,
      publish: (draft) => {
        const from = performance.now();
        bus.publish(stamp(draft));
        if (draft.type === 'session.started') onSettled?.();
        if (draft.type === 'session.ended') onEnded(draft.reason);
        metrics.stage('publish', performance.now() - from);
      },
      end: (reason) => {
        if (reason === 'faulty_video') onFaulty?.();
        // Not from within the source's own event.
        queueMicrotask(() => {
          end(reason);
        });
      },
    });
  }

  #seriesOf(session: string, recording: boolean): SeriesRecorder | undefined {
    const { store, keepSeries = true } = this.#options;
    return sessionSeries(store, { session, recording, keep: keepSeries });
  }

  #servicesOf(events: SessionEvents, recording: boolean): SessionServices {
    const { services } = this.#options;
    const throttle = new LogThrottle();
    return {
      ...services,
      publish: events.offer,
      ...(recording ? { room: events.room } : { admitsAlert: events.admitsAlert }),
      onFailure: (session, stage, error) => {
        const left = throttle.pass(stage);
        if (left) services.onFailure(session, stage, error, left);
      },
    };
  }
}

/** An event with the wall-clock time of its media time. */
function stamped(draft: EventDraft, clock: WallClock | undefined): EventDraft {
  if (draft.type === 'signal' || draft.type === 'progress' || draft.wall) return draft;
  const wall = clock?.at(draft.t);
  return wall ? { ...draft, wall } : draft;
}
