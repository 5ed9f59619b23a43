import type { EventDraft } from '../../../events/schema.js';
import type { Allowance } from './allowance.js';
import { FaultSummary } from './fault-summary.js';

type Updated = Extract<EventDraft, { type: 'annotation.updated' }>;

export interface EventPacerOptions {
  readonly session: string;
  readonly publish: (draft: EventDraft) => void;
  readonly allowance: Allowance;
  /** An event was suppressed: its code, or `alert`. */
  readonly onSuppressed?: (code: string) => void;
  /** The publisher's video exceeded {@link MOST_FAULTS}. Called once. */
  readonly onFaulty?: () => void;
  /** Whether faults end the session. Default true. */
  readonly endsFaulty?: boolean;
}

/** Alert events that may be queued before new alerts are refused; about three seconds at five per second. */
const MAX_QUEUED = 16;
/** Events of the allowance that are reserved for alerts. */
const RESERVED_FOR_ALERTS = 2;
/** Milliseconds between summaries of suppressed events. */
const SUMMARY_INTERVAL_MS = 10_000;
/** Faults of the publisher's video within {@link FAULT_WINDOW_MS} beyond which its session is ended. */
export const MOST_FAULTS = 30;
const FAULT_WINDOW_MS = 10_000;
/** Faults that only the publisher can cause. */
const PUBLISHER_FAULTS: ReadonlySet<string> = new Set(['decode_failed', 'format_changed', 'too_heavy']);
/**
 * Faults that are never suppressed: why the source failed, once before the end, and faults of the server or its disk, which no publisher
 * causes.
 */
const ALWAYS_PUBLISHED = /^(source|server|store)_/;
/** Characters of text in one event (the schema's bound). */
const LONGEST_DELTA = 4096;

/**
 * Limits a publisher's durable events to its {@link Allowance}, since each is committed, logged and replayed:
 *
 * - **faults** beyond it are suppressed, counted, and summarised in one `events_suppressed` every ten seconds;
 * - **alerts** are never lost: excess events are queued, and updates of one annotation merged; while the queue is full, no new alert
 *   opens ({@link admitsAlert});
 * - a session's start and end, the failure of its source (`source_…`) and faults of the server (`store_…`, `server_…`) always pass.
 *
 * A session whose video causes more than {@link MOST_FAULTS} faults within ten seconds is ended with `faulty_video`.
 */
export class EventPacer {
  readonly #options: EventPacerOptions;
  readonly #suppressed = new FaultSummary();
  readonly #waiting: EventDraft[] = [];
  #faults: number[] = [];
  /** Why the session is ended, if faulty video is the cause. */
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
      // Set by another program, which the guard and the session's own limit hold back: they must not use up what alerts need.
      case 'marker':
        this.#options.publish(draft);
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

  /** Resolves when the queue has room: backpressure for recordings, which may produce events faster than they may be published. */
  room(): Promise<void> {
    return this.#waiting.length < MAX_QUEUED
      ? Promise.resolve()
      : new Promise((resolve) => {
          this.#roomWanted.push(resolve);
        });
  }

  /** Whether another alert may open; a refusal is counted. */
  admitsAlert(): boolean {
    if (this.#waiting.length < MAX_QUEUED) return true;
    this.#suppress('alert');
    return false;
  }

  #send(draft: EventDraft): void {
    this.#options.allowance.spend();
    this.#options.publish(draft);
  }

  #fault(draft: Extract<EventDraft, { type: 'error' }>): void {
    // Few, and published once: a viewer that misses the end of an outage believes that it lasts.
    if (ALWAYS_PUBLISHED.test(draft.code)) {
      this.#send(draft);
      return;
    }
    if (PUBLISHER_FAULTS.has(draft.code)) this.#count(draft.code);
    if (this.#faulty === undefined && this.#waiting.length === 0 && this.#options.allowance.left > RESERVED_FOR_ALERTS) this.#send(draft);
    else this.#suppress(draft.code);
  }

  #count(code: string): void {
    if (this.#options.endsFaulty === false) return;
    const now = performance.now();
    this.#faults = [...this.#faults.filter((at) => now - at < FAULT_WINDOW_MS), now];
    if (this.#faulty !== undefined || this.#faults.length <= MOST_FAULTS) return;
    this.#faulty = `session ended: its video failed more than ${String(MOST_FAULTS)} times within ${String(FAULT_WINDOW_MS / 1000)} s, last with ${code}`;
    this.#options.onFaulty?.();
  }

  #suppress(code: string): void {
    this.#suppressed.add(code);
    this.#options.onSuppressed?.(code);
    this.#summary ??= setTimeout(() => {
      this.#summarise();
    }, SUMMARY_INTERVAL_MS).unref();
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

  /** Merges an update into a queued one of the same annotation. */
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
    if (this.#waiting.length < MAX_QUEUED) for (const resolve of this.#roomWanted.splice(0)) resolve();
  }

  /** Nothing may follow the end, so the queue is published now. */
  #finish(): void {
    clearTimeout(this.#drain);
    for (const draft of this.#waiting.splice(0)) this.#send(draft);
    this.#makeRoom();
    this.#summarise();
  }
}
