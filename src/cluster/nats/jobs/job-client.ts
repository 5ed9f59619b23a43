import { headers, type Subscription } from '@nats-io/transport-node';
import { unlessAborted } from '../../../common/time-limit.js';
import { BusError } from '../../../events/bus/bus-error.js';
import type { Nats } from '../connection.js';
import { decodeFrame, encodeFrame, type Frame } from '../frame.js';
import type { QueueName } from './job-queues.js';

/** Header of a job: the subject of its response. */
export const REPLY = 'Mellm-Reply';

/** A job for any worker of its queue. */
export interface JobRequest {
  readonly queue: QueueName;
  /** Deduplicates repeated sends: the annotation's id, and what distinguishes two measurements of one annotation. */
  readonly id: string;
  readonly head: Readonly<Record<string, unknown>>;
  readonly parts?: readonly Uint8Array[];
  /** Stops waiting. */
  readonly signal: AbortSignal;
  /** Text that is streamed before the response. */
  readonly onText?: (delta: string) => void;
  /** The worker died; another one streams the text from the start. */
  readonly onRestart?: () => void;
}

interface Pending {
  readonly id: string;
  readonly subject: string;
  readonly data: Uint8Array;
  readonly request: JobRequest;
  readonly reply: string;
  sends: number;
  /** Workers that answered so far; the text of the last one counts. */
  readonly workers: string[];
  resolve(answer: Frame): void;
  reject(error: Error): void;
}

/** Milliseconds between attempts to enqueue a job. */
const PAUSE = 500;

/**
 * Enqueues jobs and receives the responses. A job is pending until its signal aborts: if a worker dies, the queue redelivers the job to
 * another, and after a reconnect it is sent again, since queue and response may be lost.
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

  /** Pending jobs. */
  get waiting(): number {
    return this.#pending.size;
  }

  /** @throws BusError `bus_job_failed` where the worker failed; the signal's reason where that aborted. */
  async call(request: JobRequest): Promise<Frame> {
    const { signal, queue } = request;
    signal.throwIfAborted();
    const key = String(++this.#count);
    const answered = new Promise<Frame>((resolve, reject) => {
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
    });
    try {
      return await unlessAborted(answered, signal);
    } finally {
      this.#pending.delete(key);
    }
  }

  close(): void {
    this.#leave();
    this.#subscription.unsubscribe();
    for (const pending of this.#pending.values()) pending.reject(new BusError('bus_job_failed', 'the process is shutting down'));
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
        // The server is unreachable or its queue does not exist yet; the signal ends the wait.
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
      // A worker that was taken for dead may still send text; that of its replacement counts.
      if (pending.workers.includes(worker)) return;
      pending.workers.push(worker);
      if (last !== undefined) pending.request.onRestart?.();
    }
    pending.request.onText?.(delta);
  }
}

/** A worker rejected or failed a job. */
export class JobFailed extends BusError {
  /** The worker's error code, e.g. `overload`, `expired`, `flow_output_invalid`. */
  readonly reason: string;

  constructor(reason: string, message: string) {
    super('bus_job_failed', message);
    this.reason = reason;
  }
}
