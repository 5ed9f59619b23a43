import type { Transferable } from 'node:worker_threads';
import type { ToWorker } from './messages.js';
import { ownCarrier } from './own-carrier.js';

/** Methods a worker offers. A value wrapped by {@link WorkerPort.transfer} gives up its buffers instead of copying them. */
export type WorkerHandlers = Record<string, (...args: never[]) => unknown>;

/** What a worker tells main unasked: the arguments by the event's name. */
export type WorkerEvents = Record<string, readonly unknown[]>;

export interface WorkerPort<E extends WorkerEvents = WorkerEvents> {
  /** What the worker was started with. */
  readonly data: unknown;
  /** Messages that wait to be sent, because main is slow to read; always 0 in a thread. */
  readonly backlog: number;
  /** Tells main something it did not ask for. `transfer` names buffers to give up. */
  emit<K extends keyof E & string>(event: K, args: E[K], transfer?: readonly Transferable[]): void;
  /** Marks buffers of a reply to be moved rather than copied. */
  transfer<T>(value: T, buffers: readonly Transferable[]): T;
}

/**
 * Called once at the top of a worker's file, which then runs in a thread or in a process of its own: answers calls with `handlers` and
 * says that it is ready when `start` has resolved.
 *
 * Calls run as they come; a handler that throws rejects that call alone.
 */
export async function serveWorker<H extends WorkerHandlers, E extends WorkerEvents = WorkerEvents>(
  start: (port: WorkerPort<E>) => H | Promise<H>,
): Promise<void> {
  const carrier = await ownCarrier();
  const transfers = new WeakMap<object, readonly Transferable[]>();
  const handlers = await start({
    data: carrier.data,
    get backlog() {
      return carrier.backlog;
    },
    emit: (event, args, transfer) => {
      carrier.post({ event, args }, transfer);
    },
    transfer: (value, buffers) => {
      if (typeof value === 'object' && value !== null) transfers.set(value, buffers);
      return value;
    },
  });
  carrier.listen((message: ToWorker) => {
    if ('ping' in message) {
      carrier.post({ pong: true });
      return;
    }
    // From JavaScript, so never inside a native call: see startThread.
    if ('leave' in message) process.exit();
    if (!('call' in message)) return;
    void (async () => {
      try {
        const handler = handlers[message.method];
        if (!handler) throw new Error(`unknown method ${message.method}`);
        const value: unknown = await handler(...(message.args as never[]));
        carrier.post({ reply: message.call, value }, typeof value === 'object' && value !== null ? transfers.get(value) : undefined);
      } catch (cause) {
        const error = cause instanceof Error ? cause : new Error(String(cause));
        const code = (error as { code?: unknown }).code;
        carrier.post({
          reply: message.call,
          error: { code: typeof code === 'string' ? code : 'worker_failed', message: error.message, stack: error.stack },
        });
      }
    })();
  });
  carrier.post({ ready: true });
}
