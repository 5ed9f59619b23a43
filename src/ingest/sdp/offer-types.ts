export type Direction = 'sendonly' | 'recvonly' | 'sendrecv' | 'inactive';

/** Who begins the DTLS handshake, RFC 8842. */
export type SetupRole = 'actpass' | 'active' | 'passive';

export interface Fingerprint {
  /** Lower case, as `sha-256`. */
  readonly algorithm: string;
  readonly value: string;
}

/** One payload type of a media section. */
export interface OfferedCodec {
  readonly payloadType: number;
  /** Lower case: `vp8`, `h264`, `rtx`, ... */
  readonly name: string;
  readonly clockRate: number;
  /** The `fmtp` value as it stood. */
  readonly fmtp: string;
  /** The same, read; names in lower case. */
  readonly parameters: ReadonlyMap<string, string>;
  /** Values of `rtcp-fb`, as `nack pli`. */
  readonly feedback: readonly string[];
}

export interface OfferedMedia {
  readonly index: number;
  readonly kind: string;
  readonly port: number;
  readonly protocol: string;
  readonly mid: string;
  readonly payloadTypes: readonly string[];
  readonly direction: Direction;
  readonly codecs: readonly OfferedCodec[];
  readonly iceUfrag: string | undefined;
  readonly icePwd: string | undefined;
  readonly fingerprints: readonly Fingerprint[];
  readonly setup: SetupRole;
  /** Values of `candidate`. */
  readonly candidates: readonly string[];
  /** Header extensions: URI by id, RFC 8285. */
  readonly extensions: ReadonlyMap<number, string>;
  readonly rtcpMux: boolean;
  readonly rtcpReducedSize: boolean;
  /**
   * Pictures of different quality that it would send at once, by their `rid`, in no order of quality; none without simulcast (RFC 8853).
   */
  readonly layers: readonly string[];
}

export interface Offer {
  /** The `mid`s of the first BUNDLE group. */
  readonly bundle: readonly string[];
  readonly media: readonly OfferedMedia[];
  readonly iceLite: boolean;
}
