import { statSync } from 'node:fs';

/** Whether every user of the machine may read or change a file of secrets. False where that is unknown, as on Windows. */
export function readableByAll(path: string): boolean {
  if (process.platform === 'win32') return false;
  return ((statSync(path, { throwIfNoEntry: false })?.mode ?? 0) & 0o006) !== 0;
}
