import type { IClientOptions, MqttClient } from 'mqtt';

/** Messages that may be unacknowledged at a time. */
const CONCURRENCY = 16;
/** Longest wait between two attempts to connect, ms. */
const LONGEST_WAIT_MS = 60_000;
/** Milliseconds that a stopping server waits for the broker. */
const GOODBYE_MS = 1000;

export interface Message {
  readonly topic: string;
  readonly payload: string;
  readonly retain?: boolean;
}

export interface BrokerLinkOptions {
  readonly url: string;
  readonly client: IClientOptions;
  readonly connect: (url: string, options: IClientOptions) => MqttClient;
  /** Messages that may wait; beyond them the oldest are dropped. */
  readonly queue: number;
  /** Messages published after each connection, before those in the queue. */
  readonly greeting: () => readonly Message[];
  /** Message published before the connection is closed. */
  readonly goodbye: Message;
  readonly onResult: (result: 'delivered' | 'dropped') => void;
  /** Connected, or not any more (or not yet) and why. */
  readonly onState: (connected: boolean, reason?: string) => void;
  /** Milliseconds before the first attempt to reconnect. Default 1000. */
  readonly firstRetry?: number;
}

/** A connection to a broker that comes back, with growing waits: each message is sent until the broker acknowledges it (QoS 1). */
export class BrokerLink {
  readonly #options: BrokerLinkOptions;
  readonly #waiting: Message[] = [];
  readonly #unacknowledged = new Set<Message>();
  #client: MqttClient | undefined;
  #timer: NodeJS.Timeout | undefined;
  #attempt = 0;
  #closed = false;

  constructor(options: BrokerLinkOptions) {
    this.#options = options;
    this.#connect();
  }

  /** Messages that the broker has not acknowledged. */
  get waiting(): number {
    return this.#waiting.length + this.#unacknowledged.size;
  }

  send(message: Message): void {
    if (this.#closed) {
      this.#options.onResult('dropped');
      return;
    }
    this.#waiting.push(message);
    this.#bound();
    this.#next();
  }

  /** Publishes the last message and disconnects; queued messages are dropped and counted. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#timer);
    for (let left = this.waiting; left > 0; left--) this.#options.onResult('dropped');
    this.#waiting.length = 0;
    this.#unacknowledged.clear();
    const client = this.#client;
    if (!client) return;
    const { topic, payload, retain = false } = this.#options.goodbye;
    if (client.connected)
      await Promise.race([
        client.publishAsync(topic, payload, { qos: 1, retain }).then(
          () => client.endAsync(),
          () => undefined,
        ),
        new Promise((resolve) => setTimeout(resolve, GOODBYE_MS).unref()),
      ]);
    client.end(true);
  }

  #connect(): void {
    // A client of its own for each connection: what one has not delivered is in our queue, not in its store.
    const client = this.#options.connect(this.#options.url, { ...this.#options.client, reconnectPeriod: 0 });
    this.#client = client;
    let reason = 'the connection was closed';
    client.on('connect', () => {
      this.#attempt = 0;
      for (const message of this.#options.greeting()) this.#publish(client, message, () => undefined);
      this.#options.onState(true);
      this.#next();
    });
    client.on('error', (error) => {
      // Node reports attempts at several addresses as an AggregateError without a message.
      reason = error.message || ((error as NodeJS.ErrnoException).code ?? error.name);
    });
    client.once('close', () => {
      if (this.#client !== client || this.#closed) return;
      this.#client = undefined;
      client.end(true);
      this.#waiting.unshift(...this.#unacknowledged);
      this.#unacknowledged.clear();
      this.#bound();
      this.#options.onState(false, reason);
      const whole = Math.min(LONGEST_WAIT_MS, (this.#options.firstRetry ?? 1000) * 2 ** this.#attempt++);
      this.#timer = setTimeout(
        () => {
          this.#connect();
        },
        whole / 2 + (Math.random() * whole) / 2,
      );
      this.#timer.unref();
    });
  }

  #bound(): void {
    while (this.#waiting.length > 0 && this.waiting > this.#options.queue) {
      this.#waiting.shift();
      this.#options.onResult('dropped');
    }
  }

  #next(): void {
    const client = this.#client;
    while (client?.connected && this.#unacknowledged.size < CONCURRENCY) {
      const message = this.#waiting.shift();
      if (!message) return;
      this.#unacknowledged.add(message);
      this.#publish(client, message, () => {
        // Otherwise it waits again already, for the next connection.
        if (this.#client !== client || !this.#unacknowledged.delete(message)) return;
        this.#options.onResult('delivered');
        this.#next();
      });
    }
  }

  /** Calls back once the broker acknowledged; where it did not, the connection ends, and with it the attempt. */
  #publish(client: MqttClient, { topic, payload, retain = false }: Message, acknowledged: () => void): void {
    client.publish(topic, payload, { qos: 1, retain }, (error) => {
      if (error) client.end(true);
      else acknowledged();
    });
  }
}
