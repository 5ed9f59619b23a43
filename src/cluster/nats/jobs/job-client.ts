import { headers, type Subscription } from '@nats-io/transport-node';
import { BusError } from '../../../events/bus/bus-error.js';
import type { Nats } from '../connection.js';
import { decodeFrame, encodeFrame, type Frame } from '../frame.js';
import type { QueueName } from '../streams.js';

/** Header of a job: the subject on which its answer is awaited. */
export const REPLY = 'Mellm-Reply';

/** A job to be done somewhere. */
export interface JobRequest {
  readonly queue: QueueName;
  /** The same job sent twice counts once: the annotation's id, and what tells two measurements of one annotation apart. */
  readonly id: string;
  readonly head: Readonly<Record<string, unknown>>;
  readonly parts?: readonly Uint8Array[];
  /** Gives up waiting. */
  readonly signal: AbortSignal;
  /** Words that come before the answer. */
  readonly onText?: (delta: string) => void;
  /** The worker died; the words begin again at another one. */
  readonly onRestart?: () => void;
}

interface Pending {
  readonly id: string;
  readonly subject: string;
  readonly data: Uint8Array;
  readonly request: JobRequest;
  readonly reply: string;
  sends: number;
  /** Workers heard so far; the last one's words count. */
  readonly workers: string[];
  resolve(answer: Frame): void;
  reject(error: Error): void;
}

/** Milliseconds between attempts to put a job into its queue. */
const PAUSE = 500;

/**
 * Puts jobs into the queues and hears the answers. A job that was sent is waited for until its signal gives it up: the queue hands
 * it to another worker where one dies, and when the connection was lost it is sent again, since queue and answer may be gone.
 */
export class JobClient {
  readonly #nats: Nats;
  readonly #pending = new Map<string, Pending>();
  readonly #subscription: Subscription;
  readonly #leave: () => void;
  #count = 0;

  constructor(nats: Nats) {
    this.#nats = nats;
    this.#subscription = nats.nc.subscribe(nats.subject('reply', nats.node, '*'), {
      callback: (error, message) => {
        if (!error) this.#hear(message.subject.split('.').at(-1) ?? '', message.data);
      },
    });
    this.#leave = nats.onReconnect(() => {
      for (const pending of this.#pending.values()) void this.#send(pending);
    });
  }

  /** Jobs whose answer is awaited. */
  get waiting(): number {
    return this.#pending.size;
  }

  /** @throws BusError `bus_job_failed` where the worker could not do it; the signal's reason where that gave up. */
  call(request: JobRequest): Promise<Frame> {
    const key = String(++this.#count);
    const { signal, queue } = request;
    return new Promise<Frame>((resolve, reject) => {
      const abort = (): void => {
        reject(signal.reason instanceof Error ? signal.reason : new Error('given up'));
      };
      if (signal.aborted) {
        abort();
        return;
      }
      signal.addEventListener('abort', abort, { once: true });
      const pending: Pending = {
        id: request.id,
        subject: this.#nats.subject('job', queue),
        data: encodeFrame(request.head, request.parts),
        request,
        reply: this.#nats.subject('reply', this.#nats.node, key),
        sends: 0,
        workers: [],
        resolve,
        reject,
      };
      this.#pending.set(key, pending);
      void this.#send(pending);
      signal.addEventListener(
        'abort',
        () => {
          this.#pending.delete(key);
        },
        { once: true },
      );
    }).finally(() => {
      this.#pending.delete(key);
    });
  }

  close(): void {
    this.#leave();
    this.#subscription.unsubscribe();
    for (const pending of this.#pending.values()) pending.reject(new BusError('bus_job_failed', 'the process stops'));
    this.#pending.clear();
  }

  async #send(pending: Pending): Promise<void> {
    const send = ++pending.sends;
    const current = (): boolean => [...this.#pending.values()].includes(pending) && pending.sends === send;
    while (current() && !this.#nats.nc.isClosed()) {
      const head = headers();
      head.set(REPLY, pending.reply);
      try {
        await this.#nats.js.publish(pending.subject, pending.data, {
          msgID: send === 1 ? pending.id : `${pending.id}#${String(send)}`,
          headers: head,
          timeout: 3000,
        });
        return;
      } catch {
        // The server is away or its queue not there yet; whoever waits gives up by the signal.
        await new Promise((resolve) => setTimeout(resolve, PAUSE));
      }
    }
  }

  #hear(key: string, data: Uint8Array): void {
    const pending = this.#pending.get(key);
    if (!pending) return;
    let answer: Frame;
    try {
      answer = decodeFrame(data);
    } catch (error) {
      pending.reject(error as Error);
      return;
    }
    const { kind, worker, delta, code, message } = answer.head;
    if (kind === 'done') {
      pending.resolve(answer);
      return;
    }
    if (kind === 'failed') {
      pending.reject(new JobFailed(String(code), String(message)));
      return;
    }
    if (kind !== 'text' || typeof delta !== 'string' || typeof worker !== 'string') return;
    const last = pending.workers.at(-1);
    if (worker !== last) {
      // A worker that was taken for dead may still speak: the words of the one that took its place count.
      if (pending.workers.includes(worker)) return;
      pending.workers.push(worker);
      if (last !== undefined) pending.request.onRestart?.();
    }
    pending.request.onText?.(delta);
  }
}

/** A worker gave a job up, and says why. */
export class JobFailed extends BusError {
  /** The worker's own code, e.g. `overload`, `expired`, `flow_output_invalid`. */
  readonly reason: string;

  constructor(reason: string, message: string) {
    super('bus_job_failed', message);
    this.reason = reason;
  }
}
