import { parentPort, type Transferable } from 'node:worker_threads';
import type { FromWorker, ToWorker } from './messages.js';

/** Methods a worker offers. A value wrapped by {@link Emit.transfer} gives up its buffers instead of copying them. */
export type WorkerHandlers = Record<string, (...args: never[]) => unknown>;

export interface WorkerPort {
  /** Tells main something it did not ask for. `transfer` names buffers to give up. */
  emit(event: string, args: readonly unknown[], transfer?: readonly Transferable[]): void;
  /** Marks buffers of a reply to be given up rather than copied. */
  transfer<T>(value: T, buffers: readonly Transferable[]): T;
}

/**
 * Called once at the top of a worker's file: answers calls with `handlers` and says that it is ready when `start` has resolved.
 *
 * Calls run as they come; a handler that throws rejects that call alone.
 */
export async function serveWorker<H extends WorkerHandlers>(start: (port: WorkerPort) => H | Promise<H>): Promise<void> {
  const port = parentPort;
  if (!port) throw new Error('this file runs as a worker thread only');
  const transfers = new WeakMap<object, readonly Transferable[]>();
  const post = (message: FromWorker, transfer?: readonly Transferable[]): void => {
    port.postMessage(message, transfer ? [...transfer] : undefined);
  };
  const workerPort: WorkerPort = {
    emit: (event, args, transfer) => { post({ event, args }, transfer); },
    transfer: (value, buffers) => {
      if (typeof value === 'object' && value !== null) transfers.set(value, buffers);
      return value;
    },
  };
  const handlers = await start(workerPort);
  port.on('message', (message: ToWorker) => {
    if ('ping' in message) { post({ pong: true }); return; }
    // Ends this thread only, and from JavaScript: see WorkerClient.close.
    if ('leave' in message) process.exit();
    void (async () => {
      try {
        const handler = handlers[message.method];
        if (!handler) throw new Error(`no method ${message.method}`);
        const value: unknown = await handler(...(message.args as never[]));
        post({ reply: message.call, value }, typeof value === 'object' && value !== null ? transfers.get(value) : undefined);
      } catch (cause) {
        const error = cause instanceof Error ? cause : new Error(String(cause));
        const code = (error as { code?: unknown }).code;
        post({ reply: message.call, error: { code: typeof code === 'string' ? code : 'worker_failed', message: error.message, stack: error.stack } });
      }
    })();
  });
  post({ ready: true });
}
