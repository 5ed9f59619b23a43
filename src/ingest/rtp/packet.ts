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
  /** Wall clock, ms since the epoch. */
  readonly receivedAt: number;
}
