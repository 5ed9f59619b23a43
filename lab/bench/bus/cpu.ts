import { readFileSync } from 'node:fs';

/** Linux counts processes' time in hundredths of a second, on every machine. */
const TICKS_PER_SECOND = 100;

/** Seconds of CPU that a process has used so far, all its threads. @throws Error where there is no /proc, or no such process */
function cpuSeconds(pid: number | undefined): number {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
  } catch (cause) {
    throw new Error(`the CPU time of process ${String(pid)} can't be read: this benchmark needs Linux' /proc`, { cause });
  }
  // The name, in brackets, may hold anything; utime and stime are the 12th and 13th field behind it (proc(5)).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** A clock for CPU seconds of several processes by name; those without a pid are left out. */
export function cpuClock(processes: Readonly<Record<string, number | undefined>>): () => Record<string, number> {
  const known = Object.entries(processes).filter(([, pid]) => pid !== undefined);
  const read = (): Record<string, number> => Object.fromEntries(known.map(([name, pid]) => [name, cpuSeconds(pid)]));
  const before = read();
  return () => {
    const after = read();
    return Object.fromEntries(known.map(([name]) => [name, (after[name] ?? NaN) - (before[name] ?? NaN)]));
  };
}
