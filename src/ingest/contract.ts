/**
 * One decoded picture, the only thing that ingest hands on.
 *
 * Coordinates of a frame: pixels, origin at the top left corner of the top left pixel, x right, y down; the centre of the
 * first pixel is (0.5, 0.5).
 */
export interface Frame {
  /**
   * Counts decoded frames of a session from 0. Frames of a file that could not be decoded leave a hole; live frames are counted without
   * holes.
   */
  readonly index: number;
  /** Media seconds since the session's first frame, from RTP or file timestamps, never from arrival. */
  readonly t: number;
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /**
   * 8-bit I420, planes tightly packed: Y `width*height`, then U and V of `ceil(width/2)*ceil(height/2)` each.
   * The buffer is transferred, not copied, between threads: whoever receives a frame owns it.
   */
  readonly data: Uint8Array<ArrayBuffer>;
  /** Wall clock (ms since the epoch) at which the frame's last packet arrived, or the file frame was read. */
  readonly receivedAt: number;
  /** Milliseconds that decoding took. */
  readonly decodeMs: number;
}

/** What the publisher sends, known from its first decoded frame and sent again when it changes. */
export interface VideoFormat {
  readonly width: number;
  readonly height: number;
  /** Codec in the words of RFC 6381's registry, lower case: `vp8`, `vp9`, `av1`, `h264`, `hevc`, `mjpeg`, `rawvideo`. */
  readonly codec: string;
}

/**
 * Why a source ended. `ended`: the publisher or the file said so; `faulty_video`: its video kept failing; `too_much_data`: the session
 * had as much stored of it as one may; `media_process_died`: native code crashed, perhaps through another session.
 */
export type EndReason =
  'ended' | 'timeout' | 'replaced' | 'shutdown' | 'deleted' | 'failed' | 'faulty_video' | 'too_much_data' | 'media_process_died';

/** Running totals of a source since its start. */
export interface SourceCounters {
  framesReceived: number;
  framesDecoded: number;
  /** Frames lost before or in the decoder. */
  framesDropped: number;
  packetsLost: number;
  keyframeRequests: number;
}

/**
 * What a source sends, in the form in which it crosses threads and processes. Whatever lies between a source and the session passes an
 * event through as it is, so a new kind of event is a line here, one where it is made and one in the session's `SourceMonitor`.
 */
export type SourceEvent =
  | { readonly type: 'format'; readonly format: VideoFormat }
  | { readonly type: 'frame'; readonly frame: Frame }
  | { readonly type: 'counters'; readonly counters: Readonly<SourceCounters> }
  /** A fault that did not end the source, in a sentence for the viewer. */
  | { readonly type: 'fault'; readonly code: string; readonly message: string }
  /** Always the last event, and sent exactly once. */
  | { readonly type: 'end'; readonly reason: EndReason; readonly message?: string | undefined };

/** Receives a source's events; one that throws does not stop the source. */
export type SourceListener = (event: SourceEvent) => void;

/**
 * A live publisher or a recorded file, as the pipeline sees it.
 *
 * A live source never waits: what the pipeline can't take is dropped there. A recorded one (`lossless`) sends at most
 * `credit` frames beyond those acknowledged by {@link FrameSource.ack}, so that nothing of a file is lost.
 */
export interface FrameSource {
  readonly kind: 'live' | 'file';
  readonly lossless: boolean;
  /** Starts sending. May be called once. */
  start(listener: SourceListener): void;
  /** One frame was dealt with; a lossless source may send another. */
  ack(): void;
  /** Stops and frees; `end` still comes. Idempotent. */
  close(reason: EndReason): void;
}
