import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts processes' time in hundredths of a second, on every machine. */
const TICKS_PER_SECOND = 100;

/** What a process and its descendants use. */
export interface Usage {
  /** CPU time so far, s; of those that run now. */
  readonly cpuSeconds: number;
  /** Proportional set size, MiB: pages that several processes share count once in all. */
  readonly pssMiB: number;
}

/** Reads /proc. @throws Error where there is none, or `pid` is gone */
export function usageOf(pid: number): Usage {
  const parents = new Map<number, { readonly parent: number; readonly ticks: number }>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = read(`/proc/${name}/stat`);
    // The name, in brackets, may hold anything; ppid is the 2nd field behind it, utime and stime the 12th and 13th (proc(5)).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields.length > 13) parents.set(Number(name), { parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) });
  }
  if (!parents.has(pid)) throw new Error(`process ${pid} has ended`);
  const belongs = (one: number | undefined): boolean => one === pid || (one !== undefined && one > 1 && belongs(parents.get(one)?.parent));
  const tree = [...parents.keys()].filter(belongs);
  const pss = (one: number): number => Number(/^Pss:\s+(\d+) kB/m.exec(read(`/proc/${one}/smaps_rollup`))?.[1] ?? 0);
  return {
    cpuSeconds: tree.reduce((sum, one) => sum + (parents.get(one)?.ticks ?? 0), 0) / TICKS_PER_SECOND,
    pssMiB: tree.reduce((sum, one) => sum + pss(one), 0) / 1024,
  };
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
