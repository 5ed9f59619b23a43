import { Worker, type Transferable } from 'node:worker_threads';
import type { FromWorker, ToWorker } from './messages.js';
import type { WorkerHandlers } from './serve-worker.js';
import { WorkerError } from './worker-error.js';

/** How a worker is started and watched. */
export interface WorkerClientOptions {
  /** Shown in errors and as the thread's name. */
  readonly name: string;
  /** Given to the worker as `workerData`; structured-cloneable. */
  readonly data?: unknown;
  /** Milliseconds after which an unanswered call fails. Default 30 000. */
  readonly callTimeout?: number;
  /** Milliseconds that starting may take. Default 60 000. */
  readonly startTimeout?: number;
  /** Called with what the worker tells unasked. */
  readonly onEvent?: (event: string, args: readonly unknown[]) => void;
  /** Called once when the thread is gone, with the error that ended it if there was one. */
  readonly onExit?: (error: WorkerError | undefined) => void;
}

// ONNX Runtime 1.29 and later reports its use to its maker, unless this stands in the environment before it is loaded; a thread's own
// environment is a copy that native code does not see, so it must be said here, on main. Nothing leaves the machine unasked.
process.env['ORT_DISABLE_TELEMETRY'] = '1';

type Call = { resolve(value: unknown): void; reject(error: unknown): void; timer: NodeJS.Timeout };
type Result<H extends WorkerHandlers, M extends keyof H> = Promise<Awaited<ReturnType<H[M]>>>;

/**
 * Main's end of a worker thread: typed calls, events, and an end that every pending call hears of.
 *
 *     const vision = await WorkerClient.start<VisionHandlers>(new URL('./vision.worker.js', import.meta.url), { name: 'vision-0' });
 *     await vision.call('analyze', [frame], [frame.data.buffer]);
 */
export class WorkerClient<H extends WorkerHandlers> {
  readonly name: string;
  readonly #worker: Worker;
  readonly #calls = new Map<number, Call>();
  readonly #timeout: number;
  readonly #ready: Promise<void>;
  #next = 1;
  #closed: WorkerError | undefined;

  private constructor(url: URL, options: WorkerClientOptions) {
    this.name = options.name;
    this.#timeout = options.callTimeout ?? 30_000;
    this.#worker = new Worker(built(url), { workerData: options.data, name: options.name });
    let ready!: () => void;
    let failed!: (error: unknown) => void;
    this.#ready = new Promise<void>((resolve, reject) => { ready = resolve; failed = reject; });
    const timer = setTimeout(() => {
      failed(new WorkerError('worker_timeout', `worker ${options.name} did not start`));
      void this.#worker.terminate();
    }, options.startTimeout ?? 60_000);
    let fault: unknown;
    this.#worker.on('error', (error) => { fault = error; });
    this.#worker.on('exit', (code) => {
      clearTimeout(timer);
      const wanted = this.#closed !== undefined;
      const error = this.#closed ?? new WorkerError('worker_died',
        `worker ${options.name} ended (${fault instanceof Error ? fault.message : `exit code ${String(code)}`})`, { cause: fault, retryAfter: 1000 });
      this.#closed = error;
      failed(error);
      for (const call of this.#calls.values()) { clearTimeout(call.timer); call.reject(error); }
      this.#calls.clear();
      options.onExit?.(wanted ? undefined : error);
    });
    this.#worker.on('message', (message: FromWorker) => {
      if ('ready' in message) { clearTimeout(timer); ready(); return; }
      if ('event' in message) { options.onEvent?.(message.event, message.args); return; }
      const call = this.#calls.get(message.reply);
      if (!call) return;
      this.#calls.delete(message.reply);
      clearTimeout(call.timer);
      if ('error' in message) {
        const error = new WorkerError(message.error.code, message.error.message);
        if (message.error.stack) error.stack = message.error.stack;
        call.reject(error);
      } else {
        call.resolve(message.value);
      }
    });
  }

  /** Starts the thread and resolves when it has said that it is ready. */
  static async start<H extends WorkerHandlers>(url: URL, options: WorkerClientOptions): Promise<WorkerClient<H>> {
    const client = new WorkerClient<H>(url, options);
    await client.#ready;
    return client;
  }

  /** Calls unanswered so far. */
  get pending(): number { return this.#calls.size; }

  /** Asks the worker; buffers named in `transfer` are given up. Rejects with {@link WorkerError}. */
  call<M extends keyof H & string>(method: M, args: Parameters<H[M]>, transfer: readonly Transferable[] = []): Result<H, M> {
    if (this.#closed) return Promise.reject(this.#closed);
    const call = this.#next++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#calls.delete(call);
        reject(new WorkerError('worker_timeout', `worker ${this.name} did not answer ${method} within ${String(this.#timeout)} ms`));
      }, this.#timeout);
      this.#calls.set(call, { resolve, reject, timer });
      this.#worker.postMessage({ call, method, args } satisfies ToWorker, [...transfer]);
    });
  }

  /** Ends the thread; pending calls reject. May be called twice. */
  async close(): Promise<void> {
    this.#closed ??= new WorkerError('worker_closed', `worker ${this.name} was closed`);
    await this.#worker.terminate();
  }
}

/** Tests run the sources; threads always run what was built from them. */
function built(url: URL): URL {
  return new URL(url.href.replace(/\/src\/(?!.*\/src\/)/, '/dist/').replace(/\.ts$/, '.js'));
}
