/** Signals that ask a program to end. */
export type StopSignal = 'SIGINT' | 'SIGTERM';

/**
 * Calls `stop` on the first Ctrl+C or SIGTERM; the second ends the process at once, as the system would have done without a listener:
 * `process.exit` would join the threads and wait for what they are at. Returns the way out.
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
