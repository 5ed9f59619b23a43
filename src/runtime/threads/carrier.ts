import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Worker, type Transferable } from 'node:worker_threads';
import { abandoned } from './abandoned.js';
import type { FromWorker, ToWorker } from './messages.js';
import { runnable } from './runnable.js';

/** What carries a worker. A thread shares our memory; a process may die of native code without taking us along. */
export type CarrierKind = 'thread' | 'process';

/** A thread or a process that runs a worker's file, as the end that started it sees it. */
export interface Carrier {
  /** Process id; undefined for a thread. */
  readonly pid: number | undefined;
  /** Buffers named in `transfer` are handed over to a thread; a process gets copies. */
  post(message: ToWorker, transfer: readonly Transferable[]): void;
  /** Ends one that does not hear: at once where that is possible, else by no longer waiting for it. */
  abandon(): void;
}

export interface CarrierOptions {
  readonly name: string;
  /** Structured-cloneable. */
  readonly data: unknown;
  /** Environment of a process; threads share ours. Default ours. */
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** Node's own flags of a process. Default none. */
  readonly flags?: readonly string[] | undefined;
  readonly onMessage: (message: FromWorker) => void;
  /** Once; `cause` says what ended it, in words or as the error that was thrown. */
  readonly onExit: (cause: string | Error) => void;
}

/** What can't be started (no memory, no process ids left) ends at once, as one that dies does. */
export function startCarrier(kind: CarrierKind, url: URL, options: CarrierOptions): Carrier {
  try {
    return kind === 'thread' ? startThread(url, options) : startProcess(url, options);
  } catch (error) {
    queueMicrotask(() => {
      options.onExit(error instanceof Error ? error : new Error(String(error)));
    });
    return { pid: undefined, post: () => undefined, abandon: () => undefined };
  }
}

/** Processes that run now. One that hangs in native code does not see the end of its channel, so nothing but a signal ends it. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/**
 * Nothing here calls `Worker.terminate`: a thread that is stopped inside a native call of node-av or ONNX Runtime takes the whole
 * process along (`Napi::Error`, SIGABRT). One that hangs is no longer listened to, no longer keeps the process alive, and leaves
 * should its native call ever return.
 */
function startThread(url: URL, { name, data, onMessage, onExit }: CarrierOptions): Carrier {
  const { file, args } = runnable(url);
  const worker = new Worker(file, { workerData: data, name, ...(args.length > 0 ? { argv: [...args], execArgv: [] } : {}) });
  let fault: Error | undefined;
  worker.on('error', (error) => {
    fault = error instanceof Error ? error : new Error(String(error));
  });
  worker.on('exit', (code) => {
    onExit(fault ?? `exit code ${String(code)}`);
  });
  worker.on('message', onMessage);
  return {
    pid: undefined,
    post: (message, transfer) => {
      worker.postMessage(message, [...transfer]);
    },
    abandon: () => {
      const { stopped } = abandoned.add();
      worker.once('exit', stopped);
      worker.unref();
    },
  };
}

function startProcess(url: URL, { name, data, env, flags = [], onMessage, onExit }: CarrierOptions): Carrier {
  const code = runnable(url);
  // Its stdout is our stderr: our own may be the results of a command.
  const child = fork(fileURLToPath(code.file), code.args, {
    serialization: 'advanced',
    execArgv: [...flags],
    stdio: ['ignore', 2, 2, 'ipc'],
    ...(env ? { env } : {}),
  });
  running.add(child);
  let exited = false;
  const exit = (cause: string | Error): void => {
    if (exited) return;
    exited = true;
    running.delete(child);
    onExit(cause);
  };
  // Each time: an error that nobody listens to would end this process.
  child.on('error', (error) => {
    if (child.pid === undefined) exit(error);
  });
  child.once('exit', (code, signal) => {
    exit(signal ?? `exit code ${String(code)}`);
  });
  child.on('message', onMessage as (message: unknown) => void);
  const post = (message: ToWorker): void => {
    // A send that fails is followed by the exit that explains it.
    if (child.connected) child.send(message, () => undefined);
  };
  post({ start: { name, data } });
  return {
    pid: child.pid,
    post,
    abandon: () => {
      child.kill('SIGKILL');
    },
  };
}
