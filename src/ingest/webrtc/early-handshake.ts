import { CandidatePairState, type Connection } from 'werift';

/** Datagrams that are held: a ClientHello of the largest kind comes in three, and repeats say nothing new. */
const MAX_HELD = 4;
/** Milliseconds between the beginning of a handshake and the nomination of a candidate pair, which as a rule are one. */
const NOMINATION_TIMEOUT_MS = 300;

/** What of werift's ICE agent is used. */
export type EarlyConnection = Pick<Connection, 'checkList' | 'iceControlling'> & {
  readonly nominated?: unknown;
  readonly onData: Pick<Connection['onData'], 'subscribe' | 'execute'>;
};

/**
 * A DTLS handshake that begins before our ICE agent is ready for it, as RFC 8445 section 12.1 allows: on any pair that works.
 *
 * - What comes early is held. Our own check of the pair takes another round trip, and werift some 20 ms of timers; OpenSSL repeats a lost
 *   ClientHello only after 1, 3, 7 and 15 s.
 * - Where the publisher controls ICE and does not nominate a pair, as libjuice after checks that were answered late, the first one that
 *   works is taken; werift would wait without end.
 */
export class EarlyHandshake {
  readonly #connection: EarlyConnection;
  readonly #unsubscribe: () => void;
  readonly #held: Buffer[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(connection: EarlyConnection) {
    this.#connection = connection;
    this.#unsubscribe = connection.onData.subscribe((datagram) => {
      this.#push(datagram);
    }).unSubscribe;
  }

  /** Hands over what came, oldest first, to whoever listens to the connection by now. */
  release(): void {
    this.close();
    for (const datagram of this.#held.splice(0)) this.#connection.onData.execute(datagram);
  }

  close(): void {
    this.#unsubscribe();
    clearInterval(this.#timer);
  }

  /** Whatever comes from an address that belongs to the publisher. */
  #push(datagram: Buffer): void {
    const first = datagram[0] ?? 0;
    // RFC 7983 section 7
    if (this.#held.length >= MAX_HELD || first < 20 || first > 63) return;
    this.#held.push(datagram);
    this.#timer ??= setInterval(() => {
      this.#nominate();
    }, NOMINATION_TIMEOUT_MS);
  }

  #nominate(): void {
    const { checkList, nominated, iceControlling } = this.#connection;
    if (nominated || iceControlling) return;
    const valid = checkList.find(({ state }) => state === CandidatePairState.SUCCEEDED);
    if (!valid) return;
    valid.nominated = true;
    (this.#connection as unknown as { checkComplete(pair: unknown): void }).checkComplete(valid);
  }
}
