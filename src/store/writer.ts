import type { Write } from './backend.js';
import { StoreError } from './store-error.js';

/** Options of {@link Writer}. */
export interface WriterOptions {
  /** Writes a batch in one transaction; resolves when it is durable. */
  readonly write: (batch: readonly Write[]) => Promise<unknown>;
  /** Told when writing begins to fail, and again where the cause changes. */
  readonly onFault?: (error: StoreError) => void;
  /** Told when all that waited is written. */
  readonly onRecovered?: () => void;
  /** Told of each commit: milliseconds, statements. */
  readonly onCommit?: (ms: number, statements: number) => void;
  /** Milliseconds a commit may take before whoever waits is told all the same. Default 5000. */
  readonly slowAfter?: number;
  /** Milliseconds between attempts while writing fails. Default 2000. */
  readonly retryEvery?: number;
  /** Bytes that may wait while writing fails; beyond it, what matters least is given up. Default 64 MiB. */
  readonly mostBytes?: number;
}

interface Entry {
  readonly writes: readonly Write[];
  readonly bytes: number;
  /** Sessions and closed annotations are given up last. */
  readonly precious: boolean;
  settle: ((kept: boolean) => void) | undefined;
}

/** Entries and bytes of one transaction at most. */
const BATCH = 512;
const BATCH_BYTES = 4 * 2 ** 20;

/**
 * The queue before the database: while one batch is being committed, the next one gathers, so that a slow disk makes batches
 * larger and not the queue longer.
 *
 *     add ─► queue ─► batch ─► commit ─► settle(true)
 *              ▲        │ fails: settle(false), and again every 2 s
 *              └────────┘
 */
export class Writer {
  readonly #options: Required<Omit<WriterOptions, 'onFault' | 'onRecovered' | 'onCommit'>> & WriterOptions;
  #queue: Entry[] = [];
  #flight: Entry[] = [];
  #bytes = 0;
  #lost = 0;
  #fault: { error: StoreError; since: string } | undefined;
  #running = false;
  #retry: NodeJS.Timeout | undefined;

  constructor(options: WriterOptions) {
    this.#options = { slowAfter: 5000, retryEvery: 2000, mostBytes: 64 * 2 ** 20, ...options };
  }

  /** Why nothing can be written now. */
  get fault(): { readonly error: StoreError; readonly since: string } | undefined {
    return this.#fault;
  }

  get waiting(): number {
    return this.#queue.length + this.#flight.length;
  }

  /** Entries given up so far. */
  get lost(): number {
    return this.#lost;
  }

  /** What was told although it could not be written yet, oldest first. */
  get told(): readonly Write[] {
    return this.#fault ? [...this.#flight, ...this.#queue].flatMap((entry) => (entry.settle ? [] : entry.writes)) : [];
  }

  /** Takes writes that belong together. Resolves with true when they are durable, with false as soon as it is known that they can't be yet. */
  add(writes: readonly Write[], precious: boolean): Promise<boolean> {
    return new Promise((resolve) => {
      const bytes = writes.reduce(
        (sum, { params }) =>
          sum +
          params.reduce<number>(
            (size, value) => size + (typeof value === 'string' ? value.length : value instanceof Uint8Array ? value.byteLength : 8),
            64,
          ),
        0,
      );
      this.#bytes += bytes;
      this.#queue.push({ writes, bytes, precious, settle: this.#fault ? undefined : resolve });
      if (this.#fault) {
        this.#giveUp();
        resolve(false);
      }
      if (!this.#running && this.#retry === undefined) queueMicrotask(() => void this.#run());
    });
  }

  /** Takes what still waits of a session out of the queue. */
  drop(belongs: (write: Write) => boolean): void {
    this.#remove((entry) => entry.settle === undefined && entry.writes.every(belongs));
  }

  /** Resolves when what was taken so far is written, or when writing fails. */
  async flush(): Promise<void> {
    // An empty entry has its turn after all before it, however much comes after.
    if (!this.#fault && this.waiting > 0) await this.add([], true);
  }

  /** Tries once more to write what waits and stops. */
  async close(): Promise<void> {
    await this.flush();
    if (this.#fault && !this.#running) await this.#run();
    clearTimeout(this.#retry);
  }

  async #run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    clearTimeout(this.#retry);
    this.#retry = undefined;
    try {
      while (this.#queue.length > 0) {
        this.#flight = this.#take();
        const from = performance.now();
        const slow = setTimeout(() => {
          this.#fail(new StoreError('store_slow', 'the disk has not answered for a while; check it'));
        }, this.#options.slowAfter);
        const statements = this.#flight.flatMap((entry) => entry.writes);
        try {
          await this.#options.write(statements);
        } finally {
          clearTimeout(slow);
        }
        this.#options.onCommit?.(performance.now() - from, statements.length);
        const written = this.#flight;
        this.#flight = [];
        for (const entry of written) {
          this.#bytes -= entry.bytes;
          entry.settle?.(true);
        }
      }
      if (this.#fault) {
        this.#fault = undefined;
        this.#options.onRecovered?.();
      }
    } catch (error) {
      this.#queue.unshift(...this.#flight);
      this.#flight = [];
      this.#retry = setTimeout(() => void this.#run(), this.#options.retryEvery);
      this.#retry.unref();
      this.#fail(error instanceof StoreError ? error : new StoreError('store_failed', String(error), error));
    } finally {
      this.#running = false;
    }
  }

  #take(): Entry[] {
    let bytes = 0;
    let count = 0;
    while (count < this.#queue.length && count < BATCH && (count === 0 || bytes + (this.#queue[count]?.bytes ?? 0) <= BATCH_BYTES))
      bytes += this.#queue[count++]?.bytes ?? 0;
    return this.#queue.splice(0, count);
  }

  #fail(error: StoreError): void {
    const news = this.#fault?.error.code !== error.code;
    this.#fault = { error, since: this.#fault?.since ?? new Date().toISOString() };
    for (const entry of [...this.#flight, ...this.#queue]) {
      entry.settle?.(false);
      entry.settle = undefined;
    }
    this.#giveUp();
    if (news) this.#options.onFault?.(error);
  }

  /** Keeps the backlog within its bound: updates, ephemeral words and images go first, then the oldest. */
  #giveUp(): void {
    for (const spare of [(entry: Entry) => !entry.precious, () => true]) {
      if (this.#bytes <= this.#options.mostBytes) return;
      this.#lost += this.#remove((entry) => this.#bytes > this.#options.mostBytes && spare(entry));
    }
  }

  #remove(unwanted: (entry: Entry) => boolean): number {
    const before = this.#queue.length;
    this.#queue = this.#queue.filter((entry) => {
      if (!unwanted(entry)) return true;
      this.#bytes -= entry.bytes;
      return false;
    });
    return before - this.#queue.length;
  }
}
