import type { Msg } from '@nats-io/transport-node';
import type { Nats } from '../connection.js';
import { decodeFrame, encodeFrame, type Frame } from '../frame.js';
import { REPLY } from './job-client.js';

/** Milliseconds for which text is batched, as for viewers: one message per token would cost more than the response. */
const TOGETHER = 100;

/** A job that this worker has taken from its queue; it must be answered or returned. */
export class Claim {
  readonly frame: Frame;
  /** Sequence number in the queue: larger is newer. */
  readonly sequence: number;
  /** Deliveries, this one included. */
  readonly delivered: number;
  /** Jobs behind it in the queue when it was delivered. */
  readonly pending: number;
  readonly claimedAt = performance.now();
  readonly #nats: Nats;
  readonly #ack: string;
  readonly #reply: string | undefined;
  #settled = false;
  /** Words that wait for others, and until when. */
  #words = '';
  #pause: NodeJS.Timeout | undefined;
  #result: 'done' | 'failed' | undefined;

  /** @throws BusError `bus_message_invalid` */
  constructor(nats: Nats, message: Msg) {
    this.#nats = nats;
    this.#ack = message.reply ?? '';
    this.#reply = message.headers?.get(REPLY);
    // $JS.ACK.<stream>.<consumer>.<delivered>.<stream's seq>.<consumer's>.<time>.<pending>, newer servers with domain and account before
    // the stream.
    const words = this.#ack.split('.');
    const from = words.length === 9 ? 4 : 6;
    this.delivered = Number(words[from]);
    this.sequence = Number(words[from + 1]);
    this.pending = Number(words[from + 4]);
    this.frame = decodeFrame(message.data);
  }

  get settled(): boolean {
    return this.#settled;
  }

  /** How it was answered; undefined where it was returned, or is still open. */
  get result(): 'done' | 'failed' | undefined {
    return this.#result;
  }

  /** Streams text before the response; the first is sent immediately, later ones are batched. */
  say(delta: string): void {
    if (this.#settled) return;
    this.#words += delta;
    if (this.#pause === undefined) this.#speak();
  }

  /** Sends the response, and removes the job from the queue. */
  done(head: Readonly<Record<string, unknown>>, parts: readonly Uint8Array[] = []): void {
    if (this.#settled) return;
    this.#result = 'done';
    this.#speak();
    this.#answer({ ...head, kind: 'done' }, parts);
    this.#settle('+ACK');
  }

  /** Reports that the job failed, here as at any other worker. */
  fail(code: string, message: string): void {
    if (this.#settled) return;
    this.#result = 'failed';
    this.#speak();
    this.#answer({ kind: 'failed', code, message: message.slice(0, 1024) });
    this.#settle('+TERM');
  }

  /** Returns the job to the queue for immediate redelivery. */
  giveBack(): void {
    if (!this.#settled) this.#settle('-NAK');
  }

  /** Extends the acknowledgement deadline: this worker is alive. */
  working(): void {
    if (!this.#settled) this.#publish(this.#ack, '+WPI');
  }

  #speak(): void {
    clearTimeout(this.#pause);
    this.#pause = undefined;
    if (this.#words === '') return;
    this.#answer({ kind: 'text', worker: `${this.#nats.node}/${String(this.delivered)}`, delta: this.#words });
    this.#words = '';
    this.#pause = setTimeout(() => {
      this.#pause = undefined;
      this.#speak();
    }, TOGETHER);
  }

  #settle(word: string): void {
    this.#settled = true;
    clearTimeout(this.#pause);
    this.#publish(this.#ack, word);
  }

  #answer(head: Readonly<Record<string, unknown>>, parts: readonly Uint8Array[] = []): void {
    if (this.#reply !== undefined && this.#reply !== '') this.#publish(this.#reply, encodeFrame(head, parts));
  }

  #publish(subject: string, data: string | Uint8Array): void {
    if (!this.#nats.nc.isClosed()) this.#nats.nc.publish(subject, data);
  }
}
