/** One RTP packet of the video stream, decrypted, its padding and header extensions taken off. */
export interface RtpPacket {
  readonly payloadType: number;
  readonly ssrc: number;
  /** 16 bits. */
  readonly sequence: number;
  /** 32 bits of the 90 kHz media clock. */
  readonly timestamp: number;
  readonly marker: boolean;
  /** Empty for a packet that only pads. */
  readonly payload: Uint8Array;
  /** The abs-send-time extension: 24 bits, 6.18 fixed-point seconds of the sender's clock. */
  readonly sendTime?: number | undefined;
  /** Wall clock, ms since the epoch. */
  readonly receivedAt: number;
}
