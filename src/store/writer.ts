import type { Write } from './backend.js';
import { StoreError } from './store-error.js';

export interface WriterOptions {
  /** Writes a batch in one transaction; resolves when it is durable. */
  readonly write: (batch: readonly Write[]) => Promise<unknown>;
  /** Called when writing starts to fail, and again if the cause changes. */
  readonly onFault?: (error: StoreError) => void;
  /** Called when the queue is written. */
  readonly onRecovered?: () => void;
  /** Called after each commit with its milliseconds and statements. */
  readonly onCommit?: (ms: number, statements: number) => void;
  /** Milliseconds after which a commit that hangs counts as failing. Default 5000. */
  readonly slowAfter?: number;
  /** Milliseconds between attempts while writing fails. Default 2000. */
  readonly retryEvery?: number;
  /** Bytes that may be queued while writing fails; beyond, the least important entries are dropped. Default 64 MiB. */
  readonly mostBytes?: number;
}

interface Entry {
  readonly writes: readonly Write[];
  readonly bytes: number;
  /** Sessions and closed annotations are dropped last. */
  readonly precious: boolean;
  settle: ((kept: boolean) => void) | undefined;
}

/** Largest transaction, in entries and bytes. */
const BATCH = 512;
const BATCH_BYTES = 4 * 2 ** 20;

/**
 * The queue before the database: while one batch is being committed, the next one is collected, so that a slow disk makes batches larger,
 * not the queue longer.
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

  /** Why writing fails now. */
  get fault(): { readonly error: StoreError; readonly since: string } | undefined {
    return this.#fault;
  }

  get waiting(): number {
    return this.#queue.length + this.#flight.length;
  }

  /** Entries dropped so far. */
  get lost(): number {
    return this.#lost;
  }

  /** Events that were published but are not written yet, oldest first. */
  get told(): readonly Write[] {
    return this.#fault ? [...this.#flight, ...this.#queue].flatMap((entry) => (entry.settle ? [] : entry.writes)) : [];
  }

  /** Queues writes of one transaction. Resolves with true once they are durable, with false as soon as writing fails. */
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

  /** Removes a session's entries from the queue. */
  drop(belongs: (write: Write) => boolean): void {
    this.#remove((entry) => entry.settle === undefined && entry.writes.every(belongs));
  }

  /** Resolves when the queue is written, or writing fails. */
  async flush(): Promise<void> {
    // An empty entry completes after all before it, whatever is added later.
    if (!this.#fault && this.waiting > 0) await this.add([], true);
  }

  /** Tries once more to write the queue, and stops. */
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
          this.#fail(new StoreError('store_slow', 'the disk does not respond; check it'));
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

  /** Bounds the queue: updates, partial text and images are dropped first, then the oldest entries. */
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
