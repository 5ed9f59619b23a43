import type { EndReason, SourceEvent } from './contract.js';
import type { IceOptions } from './ingest-options.js';
import type { LocalAddresses } from './webrtc/local-addresses.js';

/** What an ingest worker is started with. */
export interface IngestWorkerData {
  readonly ice: IceOptions;
  readonly addresses: LocalAddresses;
  readonly maxWidth: number;
  readonly maxHeight: number;
  readonly maxBitrate: number;
  readonly endAboveBitrate: number;
  readonly maxFps: number;
  readonly jitterMs: number;
  readonly iceTimeout: number;
  readonly connectTimeout: number;
  readonly mediaTimeout: number;
  readonly simulatedLoss: number;
}

export interface PublishReply {
  readonly answer: string;
  readonly etag: string;
}

export interface TrickleReply {
  readonly status: 200 | 204;
  /** For 200: an SDP fragment with our new credentials. */
  readonly body?: string;
  /** The ETag after it. */
  readonly etag: string;
}

/** Methods of an ingest worker. */
export type IngestHandlers = {
  /** `taken`: one shared 32-bit counter of the frames that main has taken; absent where frames don't go there. */
  publish(session: number, offer: string, taken: SharedArrayBuffer | undefined): Promise<PublishReply>;
  trickle(session: number, fragment: string, ifMatch: string | undefined): Promise<TrickleReply>;
  close(session: number, reason: EndReason): Promise<void>;
};

/** Events of an ingest worker; the first argument is the session's number, where they belong to one. */
export type IngestEvents = {
  source: [session: number, event: SourceEvent];
  /** A STUN or TURN server answers now, or does not. */
  iceServer: [session: undefined, server: string, up: boolean];
};

/** Frames on their way to main, at most; beyond, the worker drops. A packet that came again after all sets free a burst of several. */
export const MAX_UNTAKEN = 8;
