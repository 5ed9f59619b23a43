import { fetchOk, ProblemError } from '../problem.js';
import { iceServers } from './ice-servers.js';
import { restartedAnswer, trickleFragment, type LocalCandidate } from './sdp-fragment.js';

/** Longest wait for the server to hear that the session ends, ms. */
const GOODBYE = 500;

/** Options of {@link WhipClient}. */
export interface WhipClientOptions {
  /** The WHIP endpoint, e.g. `whip?name=Desk`. */
  readonly endpoint: string;
  /** Headers of every request: Authorization where a token is set. Default none. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Bits per second that the encoder may reach. Default 2 500 000. */
  readonly maxBitrate?: number;
  /** Milliseconds that gathering may hold the offer back; later candidates trickle. Default 400. */
  readonly gatherFor?: number;
  /** Told of every change of the connection. */
  readonly onConnection?: (state: RTCPeerConnectionState) => void;
}

/** Where the session is. A proxy that serves the server below a path may leave that path off the server's own `Location`. */
export function resourceUrl(location: string, endpoint: string): string {
  const { pathname } = new URL(endpoint);
  return new URL(
    location.startsWith('/whip/') && pathname.endsWith('/whip') ? pathname.slice(0, -'/whip'.length) + location : location,
    endpoint,
  ).href;
}

/** One WHIP session (RFC 9725), publishing one video track. Use a new client for every attempt. */
export class WhipClient {
  readonly peer = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
  readonly #options: WhipClientOptions;
  readonly #unsent: LocalCandidate[] = [];
  #gathered = false;
  #onGathered = (): void => undefined;
  /** Candidates wait while an offer or a restart that will carry them is being made. */
  #holding = true;
  #resource: string | undefined;
  #etag: string | null = null;
  #trickles = true;
  #closed = false;

  constructor(options: WhipClientOptions) {
    this.#options = options;
    this.peer.onconnectionstatechange = () => {
      if (!this.#closed) options.onConnection?.(this.peer.connectionState);
    };
    this.peer.onicecandidate = ({ candidate }) => {
      if (candidate === null) {
        this.#gathered = true;
        this.#onGathered();
      } else this.#unsent.push({ candidate: candidate.candidate, sdpMid: candidate.sdpMid });
      if (!this.#holding) void this.#trickle();
    };
  }

  /**
   * Offers the stream's video track.
   *
   * @returns the session's public id, empty where the server names none
   * @throws ProblemError where the server refuses or can't be reached
   */
  async publish(stream: MediaStream): Promise<string> {
    const track = stream.getVideoTracks()[0];
    if (!track) throw new ProblemError('This source has no video.', { code: 'no_video', status: 400 });
    const sender = this.peer.addTransceiver(track, { direction: 'sendonly', streams: [stream] }).sender;
    await this.peer.setLocalDescription(await this.peer.createOffer());
    await this.#gatherAWhile();
    this.#unsent.length = 0;
    const response = await fetchOk(this.#options.endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/sdp', accept: 'application/sdp', ...this.#options.headers },
      body: this.peer.localDescription?.sdp ?? '',
    });
    const location = response.headers.get('location');
    if (response.status !== 201 || location === null) {
      throw new ProblemError("The server's answer is not a valid WHIP answer (201 with Location).", {
        code: 'not_whip',
        status: response.status,
      });
    }
    this.#resource = resourceUrl(location, response.url);
    this.#etag = response.headers.get('etag');
    if (this.#closed) {
      void this.#delete(false);
      throw new ProblemError('Stopped.', { code: 'stopped', status: 400 });
    }
    const servers = iceServers(response.headers.get('link'));
    if (servers.length > 0) this.peer.setConfiguration({ bundlePolicy: 'max-bundle', iceServers: servers });
    await this.peer.setRemoteDescription({ type: 'answer', sdp: await response.text() });
    await this.#limit(sender);
    this.#holding = false;
    if (this.#unsent.length > 0) void this.#trickle();
    return response.headers.get('x-session-id') ?? '';
  }

  /** New ICE credentials for the same session, after a change of network. False where the server can't. */
  async restartIce(): Promise<boolean> {
    const answer = this.peer.remoteDescription?.sdp;
    if (this.#resource === undefined || answer === undefined || this.#closed) return false;
    try {
      this.#gathered = false;
      this.#holding = true;
      await this.peer.setLocalDescription(await this.peer.createOffer({ iceRestart: true }));
      await this.#gatherAWhile();
      const candidates = this.#unsent.splice(0);
      const response = await this.#patch(trickleFragment(this.peer.localDescription?.sdp ?? '', candidates, this.#gathered), '*');
      const fresh = response.status === 200 ? restartedAnswer(answer, await response.text()) : undefined;
      if (fresh === undefined) return false;
      this.#etag = response.headers.get('etag') ?? this.#etag;
      await this.peer.setRemoteDescription({ type: 'answer', sdp: fresh });
      return true;
    } catch {
      return false;
    } finally {
      this.#holding = false;
      void this.#trickle();
    }
  }

  /** Ends the session on the server too. `leaving`: the page is going away. May be called twice. */
  close(leaving = false): void {
    if (this.#closed) return;
    this.#closed = true;
    const told = this.#delete(leaving);
    // A peer that closes ends the session too, and the server would have nothing left to delete.
    if (leaving || !told) this.peer.close();
    else
      void Promise.race([
        told,
        new Promise((resolve) => {
          setTimeout(resolve, GOODBYE);
        }),
      ]).then(() => {
        this.peer.close();
      });
  }

  #delete(leaving: boolean): Promise<unknown> | undefined {
    if (this.#resource === undefined) return undefined;
    const told = fetch(this.#resource, { method: 'DELETE', keepalive: leaving, headers: { ...this.#options.headers } }).catch(
      () => undefined,
    );
    this.#resource = undefined;
    return told;
  }

  #patch(fragment: string, match: string | null): Promise<Response> {
    return fetchOk(this.#resource ?? '', {
      method: 'PATCH',
      headers: {
        'content-type': 'application/trickle-ice-sdpfrag',
        ...(match === null ? {} : { 'if-match': match }),
        ...this.#options.headers,
      },
      body: fragment,
    });
  }

  async #trickle(): Promise<void> {
    if (!this.#trickles || this.#closed || this.#unsent.length === 0) return;
    const candidates = this.#unsent.splice(0);
    try {
      await this.#patch(trickleFragment(this.peer.localDescription?.sdp ?? '', candidates, this.#gathered), this.#etag);
    } catch {
      // A server without trickle (405, 501) learns our addresses from our own checks; nothing is lost.
      this.#trickles = false;
    }
  }

  #gatherAWhile(): Promise<void> {
    if (this.#gathered) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.#options.gatherFor ?? 400);
      this.#onGathered = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Spotting needs every pixel: when bits are short, quality goes first, then rate, and size last. */
  async #limit(sender: RTCRtpSender): Promise<void> {
    const parameters = sender.getParameters();
    parameters.degradationPreference = 'maintain-resolution';
    for (const encoding of parameters.encodings) encoding.maxBitrate = this.#options.maxBitrate ?? 2_500_000;
    await sender.setParameters(parameters).catch(() => undefined);
  }
}
