import { isEphemeral, type EventDraft } from '../../../events/schema.js';
import type { Metrics } from '../../../telemetry/mod.js';
import type { Allowance } from './allowance.js';
import { EventPacer } from './event-pacer.js';

export interface SessionEventsOptions {
  readonly session: string;
  readonly allowance: Allowance;
  /** Bytes that the session may store. */
  readonly maxBytes: number;
  readonly metrics: Pick<Metrics, 'eventsSuppressed'>;
  /** False for recordings, which are analysed to their end despite faults. Default true. */
  readonly endsFaulty?: boolean;
  readonly publish: (draft: EventDraft) => void;
  /** Ends the session. Called once. */
  readonly end: (reason: 'faulty_video' | 'too_much_data') => void;
}

/** Publishes a session's events: paced, counted, and limited in size. */
export class SessionEvents {
  readonly #options: SessionEventsOptions;
  readonly #pacer: EventPacer;
  #bytes = 0;
  #over = false;

  constructor(options: SessionEventsOptions) {
    this.#options = options;
    const { session, allowance, metrics, endsFaulty = true } = options;
    this.#pacer = new EventPacer({
      session,
      allowance,
      endsFaulty,
      publish: (draft) => {
        this.#publish(draft);
      },
      onSuppressed: (code) => {
        metrics.eventsSuppressed.inc({ code });
      },
      onFaulty: () => {
        options.end('faulty_video');
      },
    });
  }

  /** Whether another alert may open. */
  readonly admitsAlert = (): boolean => this.#pacer.admitsAlert();

  /** Resolves when the queue of events has room. */
  readonly room = (): Promise<void> => this.#pacer.room();

  readonly offer = (draft: EventDraft): void => {
    this.#pacer.offer(draft);
  };

  #publish(draft: EventDraft): void {
    const { session, maxBytes, publish, end } = this.#options;
    publish(draft);
    if (isEphemeral(draft)) return;
    this.#bytes += JSON.stringify(draft).length;
    if (this.#bytes <= maxBytes || this.#over) return;
    this.#over = true;
    publish({
      type: 'error',
      session,
      t: draft.t,
      code: 'too_much_data',
      message: `session ended: it stored more than ${String(Math.round(maxBytes / 2 ** 20))} MiB; publish again to continue, or raise limits.session_megabytes`,
    });
    end('too_much_data');
  }
}
