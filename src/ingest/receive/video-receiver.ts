import { DecodeError, type DecodedPicture, type FrameDecoder } from '../decode/frame-decoder.js';
import type { SourceCounters, SourceEvent, VideoFormat } from '../contract.js';
import { FrameAssembler, type AssembledFrame } from '../rtp/frame-assembler.js';
import { JitterBuffer } from '../rtp/jitter-buffer.js';
import { MediaClock } from '../rtp/media-clock.js';
import type { RtpPacket } from '../rtp/packet.js';
import { payloadFormat } from '../rtp/payload-formats.js';
import { QueueDelay } from '../rtp/queue-delay.js';
import { ReceiveStatistics, type ReceptionReport } from '../rtp/receive-statistics.js';
import { Unwrapper } from '../rtp/unwrapper.js';
import type { AcceptedCodec, ReceivedCodec } from '../sdp/codec-choice.js';
import { DecodeBudget } from './decode-budget.js';
import { KeyframeRequester } from './keyframe-requester.js';
import { threadTime } from './thread-time.js';

export interface VideoReceiverOptions {
  readonly accepted: readonly AcceptedCodec[];
  /** Milliseconds that a missing packet is waited for. Default 100. */
  readonly jitterMs?: number;
  /** Frames a second handed on. Default: all. */
  readonly maxFps?: number;
  /** Makes a decoder. @throws DecodeError */
  readonly openDecoder: (codec: ReceivedCodec) => FrameDecoder;
}

export interface VideoReceiverOutput {
  event(event: Exclude<SourceEvent, { type: 'counters' | 'end' }>): void;
  nack(ssrc: number, sequences: readonly number[]): void;
  /** False when it can't be sent yet. */
  requestKeyframe(ssrc: number): boolean;
}

/** Another source takes over once the present one has been silent for this long (ms). */
const SILENCE = 300;

/**
 * From decrypted RTP packets of one video track to pictures with media time:
 *
 *     packets ─► JitterBuffer ─► FrameAssembler ─► FrameDecoder ─► MediaClock ─► frame
 *                   │ nack           │ strict         │ keyframe request
 *
 * Knows nothing of sockets and timers. `now` is wall clock, ms.
 */
export class VideoReceiver {
  readonly #out: VideoReceiverOutput;
  readonly #accepted = new Map<number, AcceptedCodec>();
  /** Payload type by that of its repeats. */
  readonly #repeats = new Map<number, number>();
  readonly #openDecoder: (codec: ReceivedCodec) => FrameDecoder;
  /** Seconds between frames, at least; a tenth less than the cap says, for timestamps jitter. */
  readonly #spacing: number;
  readonly #jitter: JitterBuffer;
  readonly #keyframes: KeyframeRequester;
  readonly #clock = new MediaClock();
  readonly #budget = new DecodeBudget();
  #heavy = false;
  readonly #queue = new QueueDelay();
  readonly #counters: SourceCounters = { framesReceived: 0, framesDecoded: 0, framesDropped: 0, packetsLost: 0, keyframeRequests: 0 };
  #sequence = new Unwrapper(16);
  #timestamp = new Unwrapper(32);
  #statistics: ReceiveStatistics | undefined;
  #lastPacketAt = 0;
  #codec: AcceptedCodec | undefined;
  #assembler: FrameAssembler | undefined;
  #decoder: FrameDecoder | undefined;
  #format: VideoFormat | undefined;
  #index = 0;
  #t = -1;
  #bytes = 0;
  #now = 0;
  #closed = false;
  /** Wall clock of frames inside the decoder, by presentation time; it holds few. */
  readonly #pending = new Map<bigint, AssembledFrame>();

  constructor(options: VideoReceiverOptions, out: VideoReceiverOutput) {
    this.#out = out;
    this.#openDecoder = options.openDecoder;
    this.#spacing = options.maxFps === undefined ? 0 : 0.9 / options.maxFps;
    for (const codec of options.accepted) {
      this.#accepted.set(codec.payloadType, codec);
      if (codec.repeatType !== undefined) this.#repeats.set(codec.repeatType, codec.payloadType);
    }
    this.#jitter = new JitterBuffer(
      {
        packet: this.#ordered,
        lost: this.#lost,
        nack: (sequences) => {
          if (this.#statistics) out.nack(this.#statistics.ssrc, sequences);
        },
      },
      { latency: options.jitterMs ?? 100 },
    );
    this.#keyframes = new KeyframeRequester(() => {
      if (!this.#statistics || !out.requestKeyframe(this.#statistics.ssrc)) return false;
      this.#counters.keyframeRequests++;
      return true;
    });
  }

  get counters(): Readonly<SourceCounters> {
    return this.#counters;
  }
  get ssrc(): number | undefined {
    return this.#statistics?.ssrc;
  }
  /** Wall clock of the last packet; 0 before the first. */
  get lastPacketAt(): number {
    return this.#lastPacketAt;
  }
  /** Whether packets are missing, so that {@link tick} should come every ~20 ms. */
  get waiting(): boolean {
    return this.#jitter.waiting;
  }
  /** Bytes of payload so far. */
  get bytes(): number {
    return this.#bytes;
  }
  /** Packets that were missing at first, and packets that came. */
  get missed(): number {
    return this.#jitter.missed;
  }
  get received(): number {
    return this.#statistics?.received ?? 0;
  }
  get queueDelay(): number {
    return this.#queue.delay;
  }
  set roundTrip(value: number) {
    this.#jitter.roundTrip = value;
  }

  push(packet: RtpPacket): void {
    if (this.#repeats.has(packet.payloadType)) {
      this.#repeated(packet);
      return;
    }
    const accepted = this.#accepted.get(packet.payloadType);
    if (!accepted || this.#closed) return; // audio, or a codec that wasn't agreed on
    const now = (this.#now = packet.receivedAt);
    if (this.#statistics?.ssrc !== packet.ssrc) {
      if (this.#statistics && now - this.#lastPacketAt < SILENCE) return;
      this.#newSource(packet.ssrc);
    }
    this.#lastPacketAt = now;
    this.#bytes += packet.payload.length;
    const timestamp = this.#timestamp.unwrap(packet.timestamp);
    this.#statistics?.add(this.#sequence.unwrap(packet.sequence), timestamp, now);
    if (packet.sendTime !== undefined) this.#queue.add(packet.sendTime, now);
    this.#jitter.push(packet, now);
  }

  /** RFC 4588 section 4: another SSRC and sequence; the original sequence number stands before the payload. */
  #repeated(packet: RtpPacket): void {
    const { payload, receivedAt } = packet;
    const payloadType = this.#repeats.get(packet.payloadType);
    if (this.#closed || !this.#statistics || payloadType === undefined || payload.length <= 2) return; // padding, or nothing to repeat yet
    const sequence = ((payload[0] ?? 0) << 8) | (payload[1] ?? 0);
    this.#now = receivedAt;
    this.#bytes += payload.length;
    this.#jitter.push({ ...packet, payloadType, sequence, ssrc: this.#statistics.ssrc, payload: payload.subarray(2) }, receivedAt);
  }

  tick(now: number): void {
    if (this.#closed) return;
    this.#now = now;
    this.#jitter.tick(now);
    this.#keyframes.tick(now);
  }

  senderReport(ssrc: number, ntpMiddle: number, now: number): void {
    if (this.#statistics?.ssrc === ssrc) this.#statistics.senderReport(ntpMiddle, now);
  }

  report(now: number): ReceptionReport | undefined {
    return this.#statistics?.report(now);
  }

  /** A decoded frame could not be handed on. */
  dropped(): void {
    this.#counters.framesDropped++;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#decoder?.close();
    this.#decoder = undefined;
    this.#jitter.reset();
    this.#pending.clear();
  }

  #newSource(ssrc: number): void {
    if (this.#statistics) this.#clock.restart();
    this.#statistics = new ReceiveStatistics(ssrc);
    this.#sequence = new Unwrapper(16);
    this.#timestamp = new Unwrapper(32);
    this.#queue.reset();
    this.#jitter.reset();
    this.#closeDecoder();
    this.#keyframes.request(this.#now);
  }

  readonly #ordered = (packet: RtpPacket): void => {
    if (packet.payload.length === 0) return;
    if (packet.payloadType !== this.#codec?.payloadType || !this.#assembler) {
      const accepted = this.#accepted.get(packet.payloadType);
      if (!accepted) return;
      this.#closeDecoder();
      this.#codec = accepted;
      this.#assembler = new FrameAssembler(payloadFormat(accepted), {
        frame: this.#decode,
        dropped: () => {
          this.#counters.framesReceived++;
          this.#drop();
        },
        needKeyframe: () => {
          this.#keyframes.request(this.#now);
        },
      });
    }
    this.#assembler.push(packet);
  };

  readonly #lost = (count: number): void => {
    this.#counters.packetsLost += count;
    this.#assembler?.gap();
    this.#keyframes.request(this.#now);
  };

  #drop(): void {
    this.#counters.framesDropped++;
  }

  readonly #decode = (frame: AssembledFrame): void => {
    this.#counters.framesReceived++;
    if (frame.keyframe) this.#keyframes.arrived();
    if (!this.#affordable()) return;
    const begun = threadTime();
    try {
      if (!this.#codec) return;
      this.#decoder ??= this.#openDecoder(this.#codec.codec);
      const pts = BigInt(frame.timestamp);
      this.#pending.set(pts, frame);
      const pictures = this.#decoder.decode(frame.data, pts);
      for (const picture of pictures) this.#emit(picture);
      while (this.#pending.size > 32) this.#pending.delete(this.#pending.keys().next().value ?? 0n);
    } catch (error) {
      this.#drop();
      this.#closeDecoder(true);
      this.#assembler?.waitForKeyframe();
      this.#fault(
        'decode_failed',
        `a frame could not be decoded: ${error instanceof DecodeError ? error.message : String(error)}; a keyframe was requested`,
      );
    } finally {
      this.#budget.spend(threadTime() - begun);
    }
  };

  /** False, and the frame dropped, while this publisher has had more than its share of the thread. */
  #affordable(): boolean {
    const heavy = !this.#budget.admits(this.#now);
    if (heavy) {
      this.#drop();
      this.#assembler?.waitForKeyframe();
      if (!this.#heavy)
        this.#fault(
          'too_heavy',
          'decoding this video takes more CPU time than one publisher may use; frames are dropped: send a smaller picture or fewer frames',
        );
    }
    this.#heavy = heavy;
    return !heavy;
  }

  #emit(picture: DecodedPicture): void {
    const coded = picture.pts === undefined ? undefined : this.#pending.get(picture.pts);
    if (picture.pts !== undefined) this.#pending.delete(picture.pts);
    const codec = this.#codec?.codec;
    if (!coded || !codec) {
      this.#drop();
      return;
    }
    const t = this.#clock.seconds(coded.timestamp, coded.receivedAt);
    if (t <= this.#t) {
      this.#drop();
      return;
    }
    this.#counters.framesDecoded++;
    // Thinned out evenly, as from a slower camera.
    if (this.#t >= 0 && t - this.#t < this.#spacing) {
      this.#counters.framesDropped++;
      return;
    }
    const before = this.#format;
    if (before?.width !== picture.width || before.height !== picture.height || before.codec !== codec) {
      this.#format = { width: picture.width, height: picture.height, codec };
      this.#out.event({ type: 'format', format: this.#format });
    }
    this.#t = t;
    const { width, height, data, decodeMs } = picture;
    this.#out.event({ type: 'frame', frame: { index: this.#index++, t, receivedAt: coded.receivedAt, width, height, data, decodeMs } });
  }

  #fault(code: string, message: string): void {
    this.#out.event({ type: 'fault', code, message });
  }

  #closeDecoder(keepCodec = false): void {
    this.#decoder?.close();
    this.#decoder = undefined;
    this.#pending.clear();
    if (keepCodec) return;
    this.#assembler = undefined;
    this.#codec = undefined;
  }
}
