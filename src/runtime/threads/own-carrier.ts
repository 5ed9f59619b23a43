import { parentPort, workerData, type Transferable } from 'node:worker_threads';
import type { FromWorker, ToWorker } from './messages.js';

/** The thread or process that a worker's file runs in, as it sees it itself. */
export interface OwnCarrier {
  /** What it was started with. */
  readonly data: unknown;
  /** Messages that wait to be sent; a thread's are sent at once. */
  readonly backlog: number;
  post(message: FromWorker, transfer?: readonly Transferable[]): void;
  listen(listener: (message: ToWorker) => void): void;
}

/** @throws Error where this process was not started as a worker */
export async function ownCarrier(): Promise<OwnCarrier> {
  const port = parentPort;
  if (port) {
    return {
      data: workerData as unknown,
      backlog: 0,
      post: (message, transfer) => {
        port.postMessage(message, transfer ? [...transfer] : undefined);
      },
      listen: (listener) => {
        port.on('message', listener);
      },
    };
  }
  if (!process.send) throw new Error('this file runs only as a worker thread or process');
  return ownProcess();
}

async function ownProcess(): Promise<OwnCarrier> {
  // The end of the one that started us, however it comes, is ours: nobody else would end us. At once, since ports are to be free.
  process.once('disconnect', () => {
    process.kill(process.pid, 'SIGKILL');
  });
  // A terminal's Ctrl+C and systemd's SIGTERM reach the whole group; who started us drains first and tells us when to leave.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
  // A channel that nobody listens to would not keep this process alive while its models load.
  process.on('message', () => undefined);
  const { name, data } = await new Promise<{ name: string; data: unknown }>((resolve) => {
    process.once('message', (message: ToWorker) => {
      if ('start' in message) resolve(message.start);
    });
  });
  process.title = `mellm-live ${name}`;
  let backlog = 0;
  return {
    data,
    get backlog() {
      return backlog;
    },
    post: (message) => {
      if (!process.connected) return;
      backlog++;
      process.send?.(message, undefined, undefined, () => {
        backlog--;
      });
    },
    listen: (listener) => {
      process.on('message', listener);
    },
  };
}
