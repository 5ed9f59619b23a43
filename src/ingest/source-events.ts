import type { SourceEvent, SourceListener } from './contract.js';

/** Passes an event to a source's listener; one that throws does not stop the source. */
export function deliver(listener: SourceListener | undefined, event: SourceEvent): void {
  try {
    listener?.(event);
  } catch (error) {
    process.emitWarning(`a listener threw on "${event.type}": ${error instanceof Error ? error.message : String(error)}`, 'IngestWarning');
  }
}
