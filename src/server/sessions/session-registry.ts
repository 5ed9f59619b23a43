import type { RunningSession } from '../../pipeline/mod.js';
import type { SessionMarkers } from './session-markers.js';

/** A session that runs in this process. */
export interface ActiveSession {
  /** Public. */
  readonly id: string;
  readonly name: string;
  readonly running: RunningSession;
  readonly markers: SessionMarkers;
}

/**
 * The sessions that run in this process. It is created before the store and the bus, which report faults to these sessions and carry
 * commands to them.
 */
export class SessionRegistry {
  readonly #sessions = new Map<string, ActiveSession>();

  get ids(): string[] {
    return [...this.#sessions.keys()];
  }

  get all(): ActiveSession[] {
    return [...this.#sessions.values()];
  }

  get size(): number {
    return this.#sessions.size;
  }

  get(id: string): ActiveSession | undefined {
    return this.#sessions.get(id);
  }

  add(session: ActiveSession): void {
    this.#sessions.set(session.id, session);
  }

  remove(id: string): void {
    this.#sessions.delete(id);
  }

  /** Publishes a fault of the server, which no publisher caused, to the viewers of every session. */
  tell(code: string, message: string): void {
    for (const { running } of this.#sessions.values()) running.tell(code, message);
  }
}
