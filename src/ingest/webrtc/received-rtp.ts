/** A decrypted RTP packet. */
export interface ReceivedRtp {
  readonly payloadType: number;
  readonly ssrc: number;
  /** 16 bits. */
  readonly sequence: number;
  /** 32 bits. */
  readonly timestamp: number;
  readonly marker: boolean;
  /** Without padding. */
  readonly payload: Buffer;
  /** The body of the header extension of this id. */
  readonly element: (id: number) => Uint8Array | undefined;
}
