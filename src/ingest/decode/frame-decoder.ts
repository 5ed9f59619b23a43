/** A decoded picture, upright, in I420. */
export interface DecodedPicture {
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** Planes tightly packed, as in `Frame.data`. */
  readonly data: Uint8Array<ArrayBuffer>;
  /** What was given with the coded frame; undefined where the stream has none. */
  readonly pts: bigint | undefined;
  /** Milliseconds that decoding and conversion took. */
  readonly decodeMs: number;
  /** Whether the decoder says that it had to make up a part of the picture. */
  readonly corrupt: boolean;
}

/** Turns coded frames into pictures. Everything is synchronous: it lives in a worker thread. */
export interface FrameDecoder {
  /**
   * Decodes one coded frame; gives no picture while the codec holds pictures back, more than one when it catches up.
   * @throws DecodeError when the data is damaged; the decoder can go on with the next keyframe
   */
  decode(data: Uint8Array, pts: bigint): DecodedPicture[];
  /** Gives what is held back, at the end of a stream. */
  flush(): DecodedPicture[];
  /** Frees everything. Idempotent. */
  close(): void;
}

/** Coded data that the decoder can't make a picture of. */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
  readonly code = 'decode_failed';
}
