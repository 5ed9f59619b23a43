import type { EndReason } from '../ingest/contract.js';
import type { EphemeralEvents } from './ephemeral-events.js';
import type { SessionStats } from './session-stats.js';
import type { SourceMessage } from './media/media-protocol.js';

interface SourceEnd {
  readonly reason: EndReason;
  readonly message?: string | undefined;
}

/** Counts and publishes what a session's source sends, and remembers how it ended. */
export class SourceMonitor {
  readonly #name: string;
  readonly #stats: SessionStats;
  readonly #ephemeral: EphemeralEvents;
  readonly #tell: (code: string, message: string) => void;
  #end: SourceEnd = { reason: 'failed' };

  constructor(name: string, stats: SessionStats, ephemeral: EphemeralEvents, tell: (code: string, message: string) => void) {
    this.#name = name;
    this.#stats = stats;
    this.#ephemeral = ephemeral;
    this.#tell = tell;
  }

  see(message: SourceMessage): void {
    switch (message.type) {
      case 'format':
        this.#stats.codec = message.format.codec;
        this.#ephemeral.format(this.#name, message.format);
        break;
      case 'frame':
      case 'analyzed':
      case 'unanalyzed':
        this.#stats.decoded(message.frame.decodeMs);
        break;
      case 'counters':
        this.#stats.source(message.counters);
        break;
      case 'fault':
        this.#tell(message.code, message.message);
        break;
      case 'end':
        this.#end = message;
        break;
    }
  }

  /** The analysis failed, whatever the source says of its own end. */
  fail(message: string): void {
    this.#end = { reason: 'failed', message };
  }

  /** Publishes why the source ended, where there is something to say. @returns the reason */
  conclude(): EndReason {
    const { reason, message = reason === 'failed' ? 'the source failed and gave no reason' : undefined } = this.#end;
    if (message !== undefined) this.#tell(`source_${reason}`, message);
    return reason;
  }
}
