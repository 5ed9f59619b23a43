import * as http from 'node:http';
import * as https from 'node:https';
import { post } from './post.js';

/** Deliveries on their way at a time. */
const CONCURRENCY = 8;

/** What became of a delivery. */
export type DeliveryResult = 'delivered' | 'retried' | 'failed' | 'dropped';

export interface WebhookOptions {
  readonly url: string;
  readonly secret: string;
  readonly allowPrivate: boolean;
  /** Deliveries that may wait; beyond them, new ones are dropped. */
  readonly queue: number;
  /** Milliseconds for which a delivery is retried before it fails. */
  readonly retryFor: number;
  readonly onResult: (result: DeliveryResult, reason?: string) => void;
  /** Milliseconds before the first retry. Default 1000. */
  readonly firstRetry?: number;
}

interface Delivery {
  readonly key: string;
  readonly body: string;
  readonly since: number;
  attempt: number;
}

/** Longest wait between two attempts, ms. */
const LONGEST_WAIT_MS = 300_000;

/** Sends events to one receiver: at least once, each until it answers 2xx, with growing waits; no more than `queue` wait. */
export class Webhook {
  readonly #options: WebhookOptions;
  readonly #url: URL;
  readonly #agent: http.Agent | https.Agent;
  readonly #ready: Delivery[] = [];
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #stop = new AbortController();
  #sending = 0;

  constructor(options: WebhookOptions) {
    this.#options = options;
    this.#url = new URL(options.url);
    const agent = { keepAlive: true, maxSockets: CONCURRENCY };
    this.#agent = this.#url.protocol === 'https:' ? new https.Agent(agent) : new http.Agent(agent);
  }

  /** Deliveries that have not been answered. */
  get waiting(): number {
    return this.#ready.length + this.#timers.size + this.#sending;
  }

  /** @param key the same for every attempt */
  send(key: string, body: string): void {
    if (this.#stop.signal.aborted || this.waiting >= this.#options.queue) {
      this.#options.onResult('dropped', 'the queue is full');
      return;
    }
    this.#ready.push({ key, body, since: Date.now(), attempt: 0 });
    this.#next();
  }

  /** Ends attempts; what waits is dropped, and counted. */
  close(): void {
    for (let left = this.waiting; left > 0; left--) this.#options.onResult('dropped', 'the server stops');
    this.#stop.abort();
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#ready.length = 0;
    this.#agent.destroy();
  }

  #next(): void {
    while (this.#sending < CONCURRENCY) {
      const delivery = this.#ready.shift();
      if (!delivery) return;
      this.#sending++;
      void this.#attempt(delivery).finally(() => {
        this.#sending--;
        if (!this.#stop.signal.aborted) this.#next();
      });
    }
  }

  async #attempt(delivery: Delivery): Promise<void> {
    const { secret, allowPrivate, onResult } = this.#options;
    const { signal } = this.#stop;
    let reason: string;
    let atLeast = 0;
    try {
      const answer = await post({
        url: this.#url,
        secret,
        allowPrivate,
        signal,
        agent: this.#agent,
        delivery: delivery.key,
        body: delivery.body,
      });
      if (answer.status >= 200 && answer.status < 300) {
        onResult('delivered');
        return;
      }
      reason = `answered ${String(answer.status)}`;
      atLeast = answer.retryAfter ?? 0;
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
    }
    if (!signal.aborted) this.#retry(delivery, reason, atLeast);
  }

  #retry(delivery: Delivery, reason: string, atLeast: number): void {
    const { firstRetry = 1000, retryFor, onResult } = this.#options;
    const whole = Math.min(LONGEST_WAIT_MS, firstRetry * 2 ** delivery.attempt++);
    const wait = Math.max(Math.min(atLeast, LONGEST_WAIT_MS * 12), whole / 2 + (Math.random() * whole) / 2);
    if (Date.now() + wait - delivery.since > retryFor) {
      onResult('failed', reason);
      return;
    }
    onResult('retried', reason);
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#ready.push(delivery);
      this.#next();
    }, wait);
    timer.unref();
    this.#timers.add(timer);
  }
}
