import { openSync, readSync } from 'node:fs';

/** One for each thread, since each loads this file itself; -1 where the system has no such file. */
let file: number | undefined;
const buffer = Buffer.alloc(64);

/**
 * Milliseconds that the calling thread has run, not counting what it waited for a processor; by the wall clock where the system
 * doesn't tell (Linux does).
 */
export function threadTime(): number {
  file ??= open();
  if (file < 0) return performance.now();
  // "nanoseconds on a processor, nanoseconds waiting for one, turns"
  const length = readSync(file, buffer, 0, buffer.length, 0);
  return Number.parseInt(buffer.toString('latin1', 0, length), 10) / 1e6;
}

function open(): number {
  try {
    const opened = openSync('/proc/thread-self/schedstat', 'r');
    const length = readSync(opened, buffer, 0, buffer.length, 0);
    return Number.parseInt(buffer.toString('latin1', 0, length), 10) > 0 ? opened : -1;
  } catch {
    return -1;
  }
}
