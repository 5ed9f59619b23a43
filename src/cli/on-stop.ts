/** Signals that ask a program to end. */
export type StopSignal = 'SIGINT' | 'SIGTERM';

/**
 * Calls `stop` on the first Ctrl+C or SIGTERM; the second ends the process immediately, as without a listener: `process.exit` would join
 * the threads and wait for their work. Returns a function that removes the listeners.
 */
export function onStop(stop: (signal: StopSignal) => void): () => void {
  let asked = false;
  const leave = (): void => {
    process.off('SIGINT', hear).off('SIGTERM', hear);
  };
  const hear = (signal: NodeJS.Signals): void => {
    if (asked) {
      leave();
      process.kill(process.pid, signal);
      return;
    }
    asked = true;
    stop(signal as StopSignal);
  };
  process.on('SIGINT', hear).on('SIGTERM', hear);
  return leave;
}
