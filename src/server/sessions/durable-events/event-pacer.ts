import type { EventDraft } from '../../../events/schema.js';
import type { Allowance } from './allowance.js';
import { FaultSummary } from './fault-summary.js';

type Updated = Extract<EventDraft, { type: 'annotation.updated' }>;

/** Options of {@link EventPacer}. */
export interface EventPacerOptions {
  readonly session: string;
  readonly publish: (draft: EventDraft) => void;
  readonly allowance: Allowance;
  /** An event was left out: its code, or `alert`. */
  readonly onSuppressed?: (code: string) => void;
  /** The publisher's video fails again and again, by {@link MOST_FAULTS}. Called once. */
  readonly onFaulty?: () => void;
  /** False: faults end nothing. Default true. */
  readonly endsFaulty?: boolean;
}

/** Alerts and their updates that may wait; beyond, no new alert is opened. At five a second: three seconds. */
const MOST_WAITING = 16;
/** What faults leave of a second's events to alerts. */
const KEPT_FOR_ALERTS = 2;
/** Milliseconds between summaries of what was left out. */
const SUMMARY_INTERVAL = 10_000;
/** Faults of the publisher's own video within {@link FAULT_WINDOW} that end its session. */
export const MOST_FAULTS = 30;
const FAULT_WINDOW = 10_000;
/** Faults that only the publisher can cause. */
const PUBLISHER_FAULTS: ReadonlySet<string> = new Set(['decode_failed', 'format_changed', 'too_heavy']);
/** Why the source failed, once and right before the end; what the server or its disk goes through, which no publisher causes. */
const ALWAYS_TOLD = /^(source|server|store)_/;
/** Characters of text in one event (the schema's bound). */
const LONGEST_DELTA = 4096;

/**
 * Keeps one publisher's durable events to its {@link Allowance}, since each is committed, logged and replayed:
 *
 * - **faults** beyond it are left out, counted, and summed up in one `events_suppressed` every ten seconds;
 * - **alerts** lose nothing: what is too much waits its turn, updates of one annotation joined; while too many wait, no new alert
 *   opens ({@link admitsAlert});
 * - a session's start and end pass always, with the end why its source failed (`source_…`), and what befalls the server (`store_…`, `server_…`).
 *
 * A session whose own video causes more than {@link MOST_FAULTS} faults within ten seconds ends, and says so in `faulty_video`.
 */
export class EventPacer {
  readonly #options: EventPacerOptions;
  readonly #suppressed = new FaultSummary();
  readonly #waiting: EventDraft[] = [];
  #faults: number[] = [];
  /** Why the session ends, once it does for that. */
  #faulty: string | undefined;
  #t = 0;
  #roomWanted: (() => void)[] = [];
  #drain: NodeJS.Timeout | undefined;
  #summary: NodeJS.Timeout | undefined;

  constructor(options: EventPacerOptions) {
    this.#options = options;
  }

  offer(draft: EventDraft): void {
    if (typeof draft.t === 'number') this.#t = draft.t;
    switch (draft.type) {
      case 'track':
      case 'signal':
      case 'stats':
      case 'progress':
        this.#options.publish(draft);
        break;
      case 'error':
        this.#fault(draft);
        break;
      case 'annotation.opened':
      case 'annotation.updated':
      case 'annotation.closed':
        this.#alert(draft);
        break;
      case 'session.started':
        this.#send(draft);
        break;
      case 'session.ended':
        this.#finish();
        this.#send(draft);
        this.#options.allowance.close();
        break;
    }
  }

  /** Resolves when not too many alerts wait: a recording is analysed no faster than its events may be published. */
  room(): Promise<void> {
    return this.#waiting.length < MOST_WAITING
      ? Promise.resolve()
      : new Promise((resolve) => {
          this.#roomWanted.push(resolve);
        });
  }

  /** Whether another alert may open; counted where it may not. */
  admitsAlert(): boolean {
    if (this.#waiting.length < MOST_WAITING) return true;
    this.#suppress('alert');
    return false;
  }

  #send(draft: EventDraft): void {
    this.#options.allowance.spend();
    this.#options.publish(draft);
  }

  #fault(draft: Extract<EventDraft, { type: 'error' }>): void {
    // Few, and told once: who misses the end of an outage believes that it lasts.
    if (ALWAYS_TOLD.test(draft.code)) {
      this.#send(draft);
      return;
    }
    if (PUBLISHER_FAULTS.has(draft.code)) this.#count(draft.code);
    if (this.#faulty === undefined && this.#waiting.length === 0 && this.#options.allowance.left > KEPT_FOR_ALERTS) this.#send(draft);
    else this.#suppress(draft.code);
  }

  #count(code: string): void {
    if (this.#options.endsFaulty === false) return;
    const now = performance.now();
    this.#faults = [...this.#faults.filter((at) => now - at < FAULT_WINDOW), now];
    if (this.#faulty !== undefined || this.#faults.length <= MOST_FAULTS) return;
    this.#faulty = `this session ends, since its video failed more than ${String(MOST_FAULTS)} times within ${String(FAULT_WINDOW / 1000)} s, at last by ${code}`;
    this.#options.onFaulty?.();
  }

  #suppress(code: string): void {
    this.#suppressed.add(code);
    this.#options.onSuppressed?.(code);
    this.#summary ??= setTimeout(() => {
      this.#summarise();
    }, SUMMARY_INTERVAL).unref();
  }

  #summarise(): void {
    clearTimeout(this.#summary);
    this.#summary = undefined;
    if (this.#suppressed.empty) return;
    const message = [...(this.#faulty === undefined ? [] : [this.#faulty]), this.#suppressed.take()].join('; ').slice(0, 1024);
    this.#send({
      type: 'error',
      session: this.#options.session,
      t: this.#t,
      code: this.#faulty === undefined ? 'events_suppressed' : 'faulty_video',
      message,
    });
  }

  #alert(draft: EventDraft): void {
    if (this.#waiting.length === 0 && this.#options.allowance.left > 0) {
      this.#send(draft);
      return;
    }
    if (draft.type !== 'annotation.updated' || !this.#joins(draft)) this.#waiting.push(draft);
    this.#drainLater();
  }

  /** Joins an update to one of the same annotation that waits. */
  #joins(update: Updated): boolean {
    const at = this.#waiting.findLastIndex((waiting) => waiting.type === 'annotation.updated' && waiting.annotation === update.annotation);
    const before = this.#waiting[at] as Updated | undefined;
    if (!before) return false;
    const text = (before.mellm?.delta ?? '') + (update.mellm?.delta ?? '');
    if (text.length > LONGEST_DELTA) return false;
    this.#waiting[at] = { ...before, ...update, ...(text === '' ? {} : { mellm: { delta: text } }) };
    return true;
  }

  #drainLater(): void {
    this.#drain ??= setTimeout(
      () => {
        this.#drain = undefined;
        while (this.#options.allowance.left > 0) {
          const next = this.#waiting.shift();
          if (!next) break;
          this.#send(next);
        }
        this.#makeRoom();
        if (this.#waiting.length > 0) this.#drainLater();
      },
      Math.max(1, this.#options.allowance.wait),
    );
  }

  #makeRoom(): void {
    if (this.#waiting.length < MOST_WAITING) for (const resolve of this.#roomWanted.splice(0)) resolve();
  }

  /** Nothing may come after the end, so what waits comes now. */
  #finish(): void {
    clearTimeout(this.#drain);
    for (const draft of this.#waiting.splice(0)) this.#send(draft);
    this.#makeRoom();
    this.#summarise();
  }
}
