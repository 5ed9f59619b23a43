/** A STUN or TURN server, as browsers take it. */
export interface IceServer {
  /** `stun:host[:port]` or `turn:host[:port]`. */
  readonly urls: string | readonly string[];
  readonly username?: string;
  readonly credential?: string;
  /** Secret shared with a TURN server, of which credentials that expire are made; in the place of the two above. */
  readonly secret?: string;
  /** Seconds that those are good for. Default a day. */
  readonly ttl?: number;
}

/** How publishers reach us. */
export interface IceOptions {
  /**
   * Addresses told to publishers instead of the interfaces' own: the public one behind a NAT, the host's one of a container.
   * The UDP ports must be forwarded unchanged. Default none.
   */
  readonly advertisedAddresses?: readonly string[];
  /** First and last UDP port, inclusive; a session takes one (two where IPv6 is used). Default any. */
  readonly portRange?: readonly [number, number];
  /** Told to publishers in `Link` headers by the HTTP layer; a STUN server also finds our own public address. Default none. */
  readonly iceServers?: readonly IceServer[];
  /** Answers connectivity checks but sends none: for a server whose address every publisher can reach. Default false. */
  readonly iceLite?: boolean;
  /**
   * Sends connectivity checks to loopback and link-local addresses too, where publishers name them. Default false: those reach us first.
   */
  readonly localCandidates?: boolean;
  /** Address of the interface to bind, `0.0.0.0` or `::` for all. Default `0.0.0.0`. */
  readonly host?: string;
}

/** What one publisher may send. */
export interface IngestLimits {
  /** Pixels; larger pictures are scaled down. Default 1920. */
  readonly maxWidth?: number;
  /** Pixels. Default 1920, so that a phone may be held upright. */
  readonly maxHeight?: number;
  /** Bits per second that publishers are allowed at most. Default 4 000 000, enough for 1280x720 at 30 frames a second. */
  readonly maxBitrate?: number;
  /** Bits per second beyond which, for five seconds on end, a session is ended: a publisher that heeds no limit. Default 20 000 000. */
  readonly endAboveBitrate?: number;
  /** Frames a second handed on; those between are dropped without a gap. Default 120. */
  readonly maxFps?: number;
  /** Sessions at once. Default 64. */
  readonly maxSessions?: number;
}

export interface IngestOptions {
  /** Threads that receive and decode; one carries about 20 streams of 640x480 at 30. Default 1. */
  readonly workers?: number;
  readonly ice?: IceOptions;
  readonly limits?: IngestLimits;
  /** Milliseconds that a missing packet is waited for; adds no delay while nothing is missing. Default 100. */
  readonly jitterMs?: number;
  /** Milliseconds from the answer to the publisher's first connectivity check. Default 6000. */
  readonly iceTimeout?: number;
  /** Milliseconds from the answer to the first media. Default 15 000. */
  readonly connectTimeout?: number;
  /** Milliseconds without media after which a session ends. Default 10 000. */
  readonly mediaTimeout?: number;
  /** Milliseconds without a sign of life after which a thread is replaced; its sessions end. Default 15 000. */
  readonly hangTimeout?: number;
  /** A thread died or hangs; it is being started again, and its sessions have ended. */
  readonly onCrash?: (name: string, error: Error) => void;
  /** A STUN or TURN server (`stun:host:port`) answers now, or does not; each worker says it once a change. */
  readonly onIceServer?: (server: string, up: boolean) => void;
  /** For tests: the share (0..1) of media packets thrown away on arrival. Default 0. */
  readonly simulatedLoss?: number;
}
