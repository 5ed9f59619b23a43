import type { Transferable } from 'node:worker_threads';
import { startCarrier, type Carrier, type CarrierKind } from './carrier.js';
import type { FromWorker, ToWorker } from './messages.js';
import type { WorkerHandlers } from './serve-worker.js';
import { WorkerError } from './worker-error.js';

/** How a worker is started and watched. */
export interface WorkerClientOptions {
  /** Shown in errors and as the name of the thread or process. */
  readonly name: string;
  /** What it is started with (`WorkerPort.data`, in a thread `workerData` too); structured-cloneable. */
  readonly data?: unknown;
  /** A thread, or a process whose crash leaves us alone but to which nothing can be transferred. Default a thread. */
  readonly carrier?: CarrierKind;
  /** Environment of a process. Default ours. */
  readonly env?: NodeJS.ProcessEnv;
  /** Node's own flags of a process. Default none. */
  readonly flags?: readonly string[];
  /** Milliseconds after which an unanswered call fails. Default 30 000. */
  readonly callTimeout?: number;
  /** Milliseconds that starting may take. Default 60 000. */
  readonly startTimeout?: number;
  /** Gives up starting when it aborts; without effect on a worker that is ready. Only for processes: a thread can't be stopped then. */
  readonly startSignal?: AbortSignal;
  /** Called with what the worker tells unasked. */
  readonly onEvent?: (event: string, args: readonly unknown[]) => void;
  /** Called once when the thread has ended or was abandoned, with the error that ended it if there was one. */
  readonly onExit?: (error: WorkerError | undefined) => void;
}

// ONNX Runtime 1.29 and later reports its use to its maker, unless this stands in the environment before it is loaded; a thread's own
// environment is a copy that native code does not see, so it must be said here, on main. Nothing leaves the machine unasked.
process.env['ORT_DISABLE_TELEMETRY'] = '1';

type Call = { resolve(value: unknown): void; reject(error: unknown): void; timer: NodeJS.Timeout };
type Result<H extends WorkerHandlers, M extends keyof H> = Promise<Awaited<ReturnType<H[M]>>>;

/** Milliseconds that a worker which was asked to leave has for it. */
const GRACE = 3000;
/** Pings without any sign of life after which a worker hangs. */
const PINGS = 4;

/**
 * Main's end of a worker thread or process: typed calls, events, and an end that every pending call hears of.
 *
 *     const vision = await WorkerClient.start<VisionHandlers>(new URL('./vision.worker.js', import.meta.url), { name: 'vision-0' });
 *     await vision.call('analyze', [frame], [frame.data.buffer]);
 *
 * A worker is asked to leave; one that does not hear is abandoned (a thread) or killed (a process).
 */
export class WorkerClient<H extends WorkerHandlers> {
  readonly name: string;
  readonly #carrier: Carrier;
  readonly #options: WorkerClientOptions;
  readonly #calls = new Map<number, Call>();
  readonly #timeout: number;
  readonly #ready: Promise<void>;
  readonly #exited: Promise<void>;
  #setExited: () => void = () => undefined;
  #failed: (error: unknown) => void = () => undefined;
  #pings: NodeJS.Timeout | undefined;
  #silent = 0;
  #next = 1;
  #closed: WorkerError | undefined;
  #gone = false;

  private constructor(url: URL, options: WorkerClientOptions) {
    this.name = options.name;
    this.#options = options;
    this.#timeout = options.callTimeout ?? 30_000;
    this.#exited = new Promise<void>((resolve) => {
      this.#setExited = resolve;
    });
    let ready!: () => void;
    this.#ready = new Promise<void>((resolve, reject) => {
      ready = resolve;
      this.#failed = reject;
    });
    const timer = setTimeout(() => {
      this.#abandon(new WorkerError('worker_timeout', `worker ${options.name} did not start`, { retryAfter: 1000 }));
    }, options.startTimeout ?? 60_000);
    const giveUp = (): void => {
      this.#abandon(new WorkerError('worker_closed', `worker ${options.name} is no longer needed`));
    };
    const started = (): void => {
      clearTimeout(timer);
      options.startSignal?.removeEventListener('abort', giveUp);
    };
    options.startSignal?.addEventListener('abort', giveUp, { once: true });
    void this.#exited.then(started);
    this.#carrier = startCarrier(options.carrier ?? 'thread', url, {
      name: options.name,
      data: options.data,
      env: options.env,
      flags: options.flags,
      onExit: (cause) => {
        this.#lost(
          this.#closed ??
            new WorkerError('worker_died', `worker ${options.name} ended (${cause instanceof Error ? cause.message : cause})`, {
              cause,
              retryAfter: 1000,
            }),
        );
      },
      onMessage: (message: FromWorker) => {
        if (this.#gone) return;
        this.#silent = 0;
        if ('ready' in message) {
          started();
          ready();
        } else if ('event' in message) options.onEvent?.(message.event, message.args);
        else if ('reply' in message) this.#answered(message);
      },
    });
  }

  /** Starts the worker and resolves when it has said that it is ready. */
  static async start<H extends WorkerHandlers>(url: URL, options: WorkerClientOptions): Promise<WorkerClient<H>> {
    const client = new WorkerClient<H>(url, options);
    await client.#ready;
    return client;
  }

  /** Process id, where the worker is a process. */
  get pid(): number | undefined {
    return this.#carrier.pid;
  }

  /** Calls unanswered so far. */
  get pending(): number {
    return this.#calls.size;
  }

  /**
   * From now on the worker must show a sign of life within `limit` milliseconds; else it is abandoned and every pending call rejects
   * with `worker_hung`. Not for a worker that blocks by design.
   */
  watch(limit: number): void {
    clearInterval(this.#pings);
    if (this.#closed) return;
    this.#silent = 0;
    // Counted in pings, not in time: while main itself was held up, nobody could have answered.
    this.#pings = setInterval(
      () => {
        if (this.#silent++ >= PINGS) {
          this.#abandon(new WorkerError('worker_hung', `worker ${this.name} did not answer for ${String(limit)} ms`, { retryAfter: 1000 }));
        } else {
          this.#post({ ping: true });
        }
      },
      Math.max(1, limit / PINGS),
    );
    this.#pings.unref();
  }

  /** Asks the worker; buffers named in `transfer` are moved, not copied. Rejects with {@link WorkerError}. */
  call<M extends keyof H & string>(method: M, args: Parameters<H[M]>, transfer: readonly Transferable[] = []): Result<H, M> {
    if (this.#closed) return Promise.reject(this.#closed);
    const call = this.#next++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#calls.delete(call);
        reject(new WorkerError('worker_timeout', `worker ${this.name} did not answer ${method} within ${String(this.#timeout)} ms`));
      }, this.#timeout);
      this.#calls.set(call, { resolve, reject, timer });
      this.#post({ call, method, args }, transfer);
    });
  }

  /** Ends the worker; pending calls reject. Resolves when it is gone, or was abandoned because it does not hear. Idempotent. */
  async close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = new WorkerError('worker_closed', `worker ${this.name} was closed`);
      clearInterval(this.#pings);
      this.#reject(this.#closed);
      this.#post({ leave: true });
      const timer = setTimeout(() => {
        this.#abandon(this.#closed ?? new WorkerError('worker_closed', ''));
      }, GRACE);
      void this.#exited.then(() => {
        clearTimeout(timer);
      });
    }
    await this.#exited;
  }

  #post(message: ToWorker, transfer: readonly Transferable[] = []): void {
    this.#carrier.post(message, transfer);
  }

  #answered(message: Extract<FromWorker, { reply: number }>): void {
    const call = this.#calls.get(message.reply);
    if (!call) return;
    this.#calls.delete(message.reply);
    clearTimeout(call.timer);
    if (!('error' in message)) {
      call.resolve(message.value);
      return;
    }
    const error = new WorkerError(message.error.code, message.error.message);
    if (message.error.stack) error.stack = message.error.stack;
    call.reject(error);
  }

  /** Stops listening to a worker that does not hear. */
  #abandon(error: WorkerError): void {
    if (this.#gone) return;
    if (error.code !== 'worker_closed') this.#post({ leave: true });
    this.#carrier.abandon();
    this.#lost(error);
  }

  #lost(error: WorkerError): void {
    if (this.#gone) return;
    this.#gone = true;
    clearInterval(this.#pings);
    const wanted = this.#closed !== undefined;
    this.#closed ??= error;
    this.#failed(error);
    this.#reject(error);
    this.#setExited();
    this.#options.onExit?.(wanted ? undefined : error);
  }

  #reject(error: WorkerError): void {
    for (const call of this.#calls.values()) {
      clearTimeout(call.timer);
      call.reject(error);
    }
    this.#calls.clear();
  }
}
