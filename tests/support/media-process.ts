import { execFileSync } from 'node:child_process';
import WebSocket from 'ws';

/** Media processes that a server in process `parent` has now, oldest first. Not the one of a server that a test of the same process closed. */
export function mediaProcesses(parent: number = process.pid): number[] {
  return execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat=,args='], { encoding: 'utf8' })
    .split('\n')
    .flatMap((line) => {
      const [, pid, ppid, state, args] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
      return Number(ppid) === parent && !state?.startsWith('Z') && /mellm-live media-|media\.worker/.test(args ?? '') ? [Number(pid)] : [];
    })
    .sort((a, b) => a - b);
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Lets the face analysis of a media process stand still for so many milliseconds, while it receives and decodes. */
export const stallAnalysis = (ms: number): string =>
  `{ const real = setImmediate; globalThis.setImmediate = (next) => setTimeout(next, ${String(ms)}); setTimeout(() => { globalThis.setImmediate = real; }, ${String(ms)}); }`;

/** Runs an expression in a process of Node's, by its inspector: faults can be caused without a door for them in the product. */
export async function inProcess(pid: number, expression: string): Promise<void> {
  process.kill(pid, 'SIGUSR1');
  const [target] = await listening();
  const socket = new WebSocket(target?.webSocketDebuggerUrl ?? '');
  await new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  const answered = new Promise<string>((resolve) => {
    socket.once('message', (data) => {
      resolve((data as Buffer).toString());
    });
  });
  socket.send(JSON.stringify({ id: 1, method: 'Runtime.evaluate', params: { expression } }));
  const answer = await answered;
  socket.close();
  if (answer.includes('exceptionDetails')) throw new Error(answer);
}

async function listening(): Promise<{ webSocketDebuggerUrl: string }[]> {
  for (const deadline = Date.now() + 10_000; ;) {
    try {
      return (await (await fetch('http://127.0.0.1:9229/json/list')).json()) as { webSocketDebuggerUrl: string }[];
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => {
        setTimeout(resolve, 50);
      });
    }
  }
}
