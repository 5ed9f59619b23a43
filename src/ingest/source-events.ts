import type { SourceEvent, SourceListener } from './contract.js';

/** Passes an event to a source's listener; one that throws does not stop the source. */
export function deliver(listener: SourceListener | undefined, event: SourceEvent): void {
  try {
    listener?.(event);
  } catch (error) {
    warnOfListener(event, error);
  }
}

export function warnOfListener({ type }: SourceEvent, error: unknown): void {
  process.emitWarning(`a listener threw on "${type}": ${error instanceof Error ? error.message : String(error)}`, 'IngestWarning');
}
