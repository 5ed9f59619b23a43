import { randomBytes } from 'node:crypto';
import type { EventBus } from '../../events/bus/mod.js';
import type { EndReason, FrameSource } from '../../ingest/contract.js';
import { runSession, type RunningSession, type SessionServices } from '../../pipeline/mod.js';
import type { Spotting } from '../../spotting/mod.js';
import type { SessionOrigin, Store } from '../../store/mod.js';
import { LogThrottle, type Metrics } from '../../telemetry/mod.js';
import { EventAllowances } from './durable-events/allowance.js';
import { SessionEvents } from './durable-events/session-events.js';
import type { LoadCause } from '../health/overload.js';
import { refusalProblem, type Refusal } from '../http/refusal.js';
import type { Problem } from '../http/problem.js';

/** Milliseconds beyond the limit of a drain for aborted alerts to close. */
const LAST_WORDS = 3000;

/** A live session and what its publisher may do with it. */
export interface LiveSession {
  /** Public. */
  readonly id: string;
  readonly name: string;
  readonly running: RunningSession;
}

/** Options of {@link Sessions}. */
export interface SessionsOptions {
  readonly services: Omit<SessionServices, 'onFailure' | 'publish' | 'admitsAlert'> & {
    /** A stage failed; at most once a second for each stage and session, with the number of failures left out before it. */
    readonly onFailure: (session: string, stage: string, error: unknown, left: { readonly suppressed?: number }) => void;
  };
  readonly bus: EventBus;
  readonly store: Store;
  /** What sessions are analysed with. */
  readonly madeWith?: SessionOrigin;
  readonly metrics: Metrics;
  readonly spotting: Spotting;
  readonly maxSessions: number;
  /** Bytes that may be stored of one session. */
  readonly maxBytes: number;
  /** Why the load allows no further session, if it doesn't. Default: it always does. */
  readonly overload?: () => LoadCause | undefined;
  /** Told when a session has ended, after its last annotation closed. */
  readonly onEnded?: (session: string) => void;
}

/** What {@link Sessions.start} may be told of a session. */
export interface SessionStart {
  /** Whom its events are counted against. Default: itself. */
  readonly writer?: string | undefined;
  /** It sent its first picture, or ended without. Called once. */
  readonly onSettled?: () => void;
  /** It is ended since its video kept failing. */
  readonly onFaulty?: () => void;
  /** A recording takes no place of a live session. Default false. */
  readonly recording?: boolean;
}

/** Starts, lists and ends sessions, and writes down what they say. */
export class Sessions {
  readonly #live = new Map<string, LiveSession>();
  readonly #options: SessionsOptions;
  readonly #allowances = new EventAllowances();
  /** Of {@link Sessions.#live}, those of recordings. */
  #recordings = 0;
  #draining = false;
  #reserved = 0;

  constructor(options: SessionsOptions) {
    this.#options = options;
  }

  /** Live sessions, those of recordings apart. */
  get live(): number {
    return this.#live.size - this.#recordings;
  }

  /** Whether a running session's threshold can be moved. */
  get adjustable(): boolean {
    return this.#options.spotting.method === 'learned';
  }

  get draining(): boolean {
    return this.#draining;
  }

  /** Why no further session can be taken, or `undefined`. */
  get refusal(): Refusal | undefined {
    if (this.#draining) return 'draining';
    if (this.live + this.#reserved >= this.#options.maxSessions) return 'full';
    return this.#options.overload?.() === undefined ? undefined : 'overloaded';
  }

  /** The same as an answer over HTTP. */
  get refusalProblem(): Problem | undefined {
    const { refusal } = this;
    return refusal && refusalProblem(refusal, this.#options.overload?.());
  }

  /** Holds a place while a session is being negotiated, so that two can't take the last one. Returns the way to give it back. */
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

  /** Takes no sessions from now on; those that are live go on until {@link drain}. */
  stopTaking(): void {
    this.#draining = true;
  }

  start(
    id: string,
    name: string,
    source: FrameSource,
    { writer = id, onSettled, onFaulty, recording = false }: SessionStart = {},
  ): LiveSession {
    const { bus, store, metrics, services, spotting, madeWith, maxBytes } = this.#options;
    store.begin({ id, name, writer, ...(madeWith ? { made_with: madeWith } : {}) });
    let result = 'failed';
    const events = new SessionEvents({
      session: id,
      maxBytes,
      metrics,
      allowance: this.#allowances.open(writer),
      endsFaulty: !recording,
      publish: (draft) => {
        const from = performance.now();
        bus.publish(draft);
        if (draft.type === 'session.started') onSettled?.();
        if (draft.type === 'session.ended') result = draft.reason;
        metrics.stage('publish', performance.now() - from);
      },
      end: (reason) => {
        if (reason === 'faulty_video') onFaulty?.();
        // Not from within the source's own event.
        queueMicrotask(() => {
          running.close(reason);
        });
      },
    });
    const throttle = new LogThrottle();
    const running = runSession(
      source,
      { id, name, spotting },
      {
        ...services,
        publish: events.offer,
        ...(recording ? { room: events.room } : { admitsAlert: events.admitsAlert }),
        onFailure: (session, stage, error) => {
          const left = throttle.pass(stage);
          if (left) services.onFailure(session, stage, error, left);
        },
      },
    );
    // What a crash leaves behind is then at most so old.
    const progress = setInterval(() => {
      store.progress(id, running.stats.totals());
    }, 5000);
    const session: LiveSession = { id, name, running };
    this.#live.set(id, session);
    if (recording) this.#recordings++;
    metrics.sessionsActive.set(this.live);
    void running.ended.then(() => {
      clearInterval(progress);
      this.#live.delete(id);
      if (recording) this.#recordings--;
      onSettled?.();
      this.#options.onEnded?.(id);
      metrics.sessionsActive.set(this.live);
      metrics.sessionsTotal.inc({ result });
    });
    return session;
  }

  /** Ids of the live sessions. */
  get ids(): string[] {
    return [...this.#live.keys()];
  }

  get(id: string): LiveSession | undefined {
    return this.#live.get(id);
  }

  /** Tells every live session's viewers of a fault that is not theirs. */
  tell(code: string, message: string): void {
    for (const { running } of this.#live.values()) running.tell(code, message);
  }

  /**
   * Takes no new sessions, tells the viewers of those that are live and ends them. Alerts in work have `limit` milliseconds to be
   * finished; then they close as they are. Resolves when all have ended.
   */
  async drain(reason: EndReason, limit: number): Promise<void> {
    this.stopTaking();
    const live = [...this.#live.values()];
    for (const { running } of live) {
      running.tell('server_draining', 'the server is shutting down; this session ends, publish anew when it is back');
      running.close(reason);
    }
    const timer = setTimeout(() => {
      for (const { running } of live) running.abort();
    }, limit);
    // A session whose thread hangs does not even hear the abort.
    let giveUp: NodeJS.Timeout | undefined;
    await Promise.race([
      Promise.all(live.map((session) => session.running.ended)),
      new Promise<void>((resolve) => {
        giveUp = setTimeout(resolve, limit + LAST_WORDS);
      }),
    ]);
    clearTimeout(timer);
    clearTimeout(giveUp);
  }
}
