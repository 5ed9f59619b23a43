import { headers, type Msg, type MsgHdrs } from '@nats-io/transport-node';
import type { Nats } from '../../src/cluster/nats/mod.js';

/** What was put on the wire. */
export interface Sent {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly headers?: MsgHdrs;
}

interface PublishOptions {
  readonly headers?: MsgHdrs;
}
interface SubscribeOptions {
  readonly callback: (error: Error | null, message: Msg) => void;
}

const bytes = (data: Uint8Array | string = ''): Uint8Array => (typeof data === 'string' ? new TextEncoder().encode(data) : data);

/** A connection to NATS without a server: what is written is held, and what a test hands in is delivered. */
export class Wiretap {
  readonly sent: Sent[] = [];
  /** What a question is answered with. Default null. */
  reply: (question: Sent) => Uint8Array = () => bytes('null');
  /** What the stream of events holds of any session's beginning. */
  begin: Uint8Array | undefined;
  readonly nats: Nats;
  readonly #listening: { readonly pattern: RegExp; readonly callback: SubscribeOptions['callback'] }[] = [];

  constructor(node: string) {
    const put = (subject: string, data?: Uint8Array | string, options?: PublishOptions): Sent => {
      const sent = { subject, data: bytes(data), ...(options?.headers ? { headers: options.headers } : {}) };
      this.sent.push(sent);
      return sent;
    };
    const idle = { close: () => Promise.resolve(), [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => undefined) }) };
    this.nats = {
      node,
      connected: true,
      options: { node, prefix: 'mellm', replicas: 1 },
      subject: (...rest: string[]) => ['mellm', ...rest].join('.'),
      stream: (name: string) => `mellm_${name}`,
      onReconnect: () => () => undefined,
      nc: {
        isClosed: () => false,
        publish: put,
        subscribe: (subject: string, { callback }: SubscribeOptions) => {
          this.#listening.push({ pattern: new RegExp(`^${subject.replaceAll(/[.$]/g, '\\$&').replaceAll('*', '[^.]+')}$`), callback });
          return { unsubscribe: () => undefined };
        },
        requestMany: (subject: string, data: string, options?: PublishOptions) => {
          const answer = this.reply(put(subject, data, options));
          return Promise.resolve([{ data: answer }, { data: new Uint8Array() }]);
        },
      },
      js: {
        publish: (...args: Parameters<typeof put>) => {
          put(...args);
          return Promise.resolve({ seq: 1 });
        },
        consumers: { get: () => Promise.resolve({ consume: () => Promise.resolve(idle) }) },
      },
      message: (_stream: string, query: { seq?: number }) =>
        Promise.resolve(query.seq === undefined && this.begin ? { data: this.begin } : null),
      jsm: {
        consumers: { add: () => Promise.resolve() },
        streams: { purge: () => Promise.resolve() },
      },
    } as unknown as Nats;
  }

  /** The last message that was put on a subject. */
  last(subject: string): Sent | undefined {
    return this.sent.findLast((one) => one.subject === subject);
  }

  /** Hands a message to those who listen; resolves with what they responded, up to the empty message that ends an answer. */
  async deliver(subject: string, data: Uint8Array): Promise<Uint8Array[]> {
    const answered: Uint8Array[] = [];
    await new Promise<void>((resolve) => {
      const answer = message({ subject, data }, (part) => {
        answered.push(part);
        if (part.byteLength <= 1) resolve();
      });
      for (const { pattern, callback } of this.#listening) if (pattern.test(subject)) callback(null, answer);
      // What asks for no answer is done with at once.
      setTimeout(resolve, 200);
    });
    return answered;
  }
}

/** A message as the client library hands it over. */
export function message({ subject, data, headers: head }: Sent, respond: (data: Uint8Array) => void = () => undefined, reply = ''): Msg {
  const text = (): string => new TextDecoder().decode(data);
  return {
    subject,
    data,
    headers: head ?? headers(),
    reply,
    string: text,
    json: () => JSON.parse(text()) as unknown,
    respond: (answer: Uint8Array | string) => {
      respond(bytes(answer));
      return true;
    },
  } as unknown as Msg;
}
