import { BackOff } from '../back-off.js';
import { ProblemError } from '../problem.js';
import { WhipClient, type WhipClientOptions } from './whip-client.js';

/** Where publishing stands. */
export type PublisherState =
  | { readonly phase: 'idle' }
  | { readonly phase: 'connecting'; readonly attempt: number }
  | { readonly phase: 'live'; readonly session: string }
  /** The line broke; ICE is being restarted within the same session. */
  | { readonly phase: 'restarting'; readonly session: string }
  | { readonly phase: 'waiting'; readonly reason: string; readonly retryIn: number; readonly attempt: number }
  | { readonly phase: 'refused'; readonly reason: string }
  | { readonly phase: 'ended'; readonly reason: string };

/** The part of {@link WhipClient} that {@link Publisher} uses. */
export type WhipSession = Pick<WhipClient, 'publish' | 'restartIce' | 'close'> & { readonly peer?: RTCPeerConnection };

/** Options of {@link Publisher}. */
export interface PublisherOptions {
  readonly onState: (state: PublisherState) => void;
  /** Milliseconds to wait for the connection after the server's answer, and after a disconnection. Default 8000. */
  readonly patience?: number;
  readonly backOff?: BackOff;
  /** Makes the session; for tests. */
  readonly connect?: (options: WhipClientOptions) => WhipSession;
}

/**
 * Keeps one stream published: retries with back-off, restarts ICE where the path broke, and starts a new session where
 * that does not help. What the server refuses for good is not asked again.
 */
export class Publisher {
  readonly #options: PublisherOptions;
  readonly #backOff: BackOff;
  #client: WhipSession | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stream: MediaStream | undefined;
  #whip: Omit<WhipClientOptions, 'onConnection'> = { endpoint: 'whip' };
  #session = '';
  #state: PublisherState = { phase: 'idle' };
  /** Who waits for a session; each is asked until it has an answer. */
  #waiting: ((state: PublisherState) => boolean)[] = [];
  #restarts = 0;

  constructor(options: PublisherOptions) {
    this.#options = options;
    this.#backOff = options.backOff ?? new BackOff({ first: 1000 });
  }

  /** The peer connection of the session now running, for statistics. */
  get peer(): RTCPeerConnection | undefined {
    return this.#client?.peer;
  }

  /** Id of the session, once it is live. @throws Error where the server refuses, or publishing ends before */
  session(): Promise<string> {
    return new Promise((resolve, reject) => {
      const look = (state: PublisherState): boolean => {
        if (state.phase === 'live') resolve(state.session);
        else if (state.phase === 'refused' || state.phase === 'ended') reject(new Error(state.reason));
        else return false;
        return true;
      };
      if (!look(this.#state)) this.#waiting.push(look);
    });
  }

  /** Publishes `stream` until {@link stop}; a stream already published ends first. */
  start(stream: MediaStream, whip: Omit<WhipClientOptions, 'onConnection'>): void {
    this.#leave();
    this.#stream = stream;
    this.#whip = whip;
    this.#backOff.reset();
    this.#attempt();
  }

  /** Ends the session. `leaving`: the page is going away. */
  stop(reason = 'Stopped.', leaving = false): void {
    const was = this.#stream !== undefined;
    this.#stream = undefined;
    this.#leave(leaving);
    if (was) this.#tell({ phase: 'ended', reason });
  }

  /** The server says that the session is over though we still send: start another one. */
  again(reason: string): void {
    if (this.#stream === undefined) return;
    this.#leave();
    this.#wait(reason);
  }

  #tell(state: PublisherState): void {
    this.#state = state;
    this.#waiting = this.#waiting.filter((look) => !look(state));
    this.#options.onState(state);
  }

  #leave(leaving = false): void {
    clearTimeout(this.#timer);
    this.#client?.close(leaving);
    this.#client = undefined;
    this.#restarts = 0;
  }

  #attempt(): void {
    const stream = this.#stream;
    if (!stream) return;
    this.#tell({ phase: 'connecting', attempt: this.#backOff.attempt });
    const connect = this.#options.connect ?? ((options) => new WhipClient(options));
    const client = connect({
      ...this.#whip,
      onConnection: (state) => {
        if (this.#client === client) this.#follow(state);
      },
    });
    this.#client = client;
    client.publish(stream).then(
      (session) => {
        if (this.#client !== client) return;
        this.#session = session;
        this.#expect('The server answered, but no media connection was established. A firewall may block UDP.');
      },
      (error: unknown) => {
        if (this.#client !== client) return;
        this.#leave();
        const reason = error instanceof Error ? error.message : String(error);
        if (error instanceof ProblemError && !error.mayRetry) {
          this.#stream = undefined;
          this.#tell({ phase: 'refused', reason });
        } else this.#wait(reason, error instanceof ProblemError ? error.retryAfter : undefined);
      },
    );
  }

  #follow(state: RTCPeerConnectionState): void {
    if (state === 'connected') {
      clearTimeout(this.#timer);
      this.#backOff.reset();
      this.#restarts = 0;
      this.#tell({ phase: 'live', session: this.#session });
    } else if (state === 'disconnected') {
      // Often heals by itself within seconds (RFC 8445's consent checks go on).
      this.#tell({ phase: 'restarting', session: this.#session });
      clearTimeout(this.#timer);
      this.#timer = setTimeout(
        () => {
          void this.#restart();
        },
        Math.min(3000, this.#options.patience ?? 8000),
      );
    } else if (state === 'failed') {
      clearTimeout(this.#timer);
      void this.#restart();
    }
  }

  async #restart(): Promise<void> {
    const client = this.#client;
    if (!client) return;
    this.#restarts += 1;
    this.#tell({ phase: 'restarting', session: this.#session });
    const restarted = this.#restarts <= 2 && (await client.restartIce());
    if (this.#client !== client) return;
    if (restarted) this.#expect('Connection lost.');
    else this.again('Connection lost.');
  }

  #expect(otherwise: string): void {
    clearTimeout(this.#timer);
    const state = this.#client?.peer?.connectionState;
    if (state === 'connected') {
      this.#follow(state);
      return;
    }
    this.#timer = setTimeout(() => {
      this.again(otherwise);
    }, this.#options.patience ?? 8000);
  }

  #wait(reason: string, atLeast = 0): void {
    const retryIn = this.#backOff.next(atLeast);
    this.#tell({ phase: 'waiting', reason, retryIn, attempt: this.#backOff.attempt });
    this.#timer = setTimeout(() => {
      this.#attempt();
    }, retryIn);
  }
}
