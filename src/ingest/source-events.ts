import type { SourceEvents } from './contract.js';

/** Calls one listener of a source; one that throws neither stops the source nor the others. */
export function tell<E extends keyof SourceEvents>(events: SourceEvents | undefined, event: E, ...args: Parameters<SourceEvents[E]>): void {
  if (!events) return;
  try {
    (events[event] as (...args: Parameters<SourceEvents[E]>) => void)(...args);
  } catch (error) {
    process.emitWarning(`a listener of "${event}" threw: ${error instanceof Error ? error.message : String(error)}`, 'IngestWarning');
  }
}
