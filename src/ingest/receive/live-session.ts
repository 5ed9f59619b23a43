import { randomBytes } from 'node:crypto';
import { AvDecoder } from '../decode/av-decoder.js';
import type { PictureBuffers } from '../decode/picture-buffers.js';
import type { EndReason, SourceEvent, SourceListener } from '../contract.js';
import { MAX_UNTAKEN, type IngestWorkerData, type PublishReply, type TrickleReply } from '../live-protocol.js';
import { BandwidthEstimator } from '../rtp/bandwidth.js';
import { estimatedBitrate, fullIntraRequest, nack, pictureLoss, receiverReport } from '../rtp/rtcp.js';
import { writeAnswer } from '../sdp/answer.js';
import { chooseVideo, type VideoChoice } from '../sdp/codec-choice.js';
import { parseFragment, writeFragment } from '../sdp/fragment.js';
import { parseOffer } from '../sdp/offer.js';
import { WhipError } from '../whip-error.js';
import type { ReceivedRtp } from '../webrtc/received-rtp.js';
import { TokenBucket } from '../webrtc/token-bucket.js';
import { WhipTransport } from '../webrtc/whip-transport.js';
import { VideoReceiver } from './video-receiver.js';

/** Where a {@link LiveSession} sends what it receives. */
export interface LiveSessionOutput {
  readonly listener: SourceListener;
  /** Called before the listener receives `end`. */
  readonly onEnd: () => void;
  /** A shared 32-bit counter of the frames that main has taken; absent where frames don't go there. */
  readonly taken?: SharedArrayBuffer | undefined;
  /** Where frames that stay in this thread get their memory. */
  readonly buffers?: PictureBuffers | undefined;
}

/** Milliseconds between receiver reports; REMB goes with them. */
const REPORT_INTERVAL = 500;
const HOLE_INTERVAL = 20;
/** ICE restarts at once, and milliseconds between those that follow: a network that changes, not one that is used against others. */
const RESTARTS = 5;
const RESTART_INTERVAL = 5000;
/** Reports in a row above the greatest bit rate before the session is ended: five seconds. */
const REPORTS_ABOVE = 10;

/** One publisher inside a worker: its transport, its receiver, its feedback and its end. */
export class LiveSession {
  readonly #options: IngestWorkerData;
  readonly #output: LiveSessionOutput;
  readonly #taken: Int32Array | undefined;
  readonly #bandwidth: BandwidthEstimator;
  readonly #receiver: VideoReceiver;
  readonly #choice: VideoChoice;
  readonly #sender = randomBytes(4).readUInt32BE(0);
  readonly #begun = Date.now();
  #transport: WhipTransport | undefined;
  readonly #restarts = new TokenBucket(1000 / RESTART_INTERVAL, RESTARTS);
  #etag = newEtag();
  #sent = 0;
  #fir = 0;
  #reports: NodeJS.Timeout | undefined;
  #holes: NodeJS.Timeout | undefined;
  #before = { at: Date.now(), bytes: 0, missed: 0, received: 0 };
  #above = 0;
  #ended = false;
  #toldLayers = false;

  private constructor(choice: VideoChoice, options: IngestWorkerData, output: LiveSessionOutput) {
    const { taken, buffers } = output;
    this.#choice = choice;
    this.#options = options;
    this.#output = output;
    this.#taken = taken && new Int32Array(taken);
    this.#bandwidth = new BandwidthEstimator({ max: options.maxBitrate });
    this.#receiver = new VideoReceiver(
      {
        accepted: choice.accepted,
        jitterMs: options.jitterMs,
        maxFps: options.maxFps,
        openDecoder: (codec) => AvDecoder.live(codec, { maxWidth: options.maxWidth, maxHeight: options.maxHeight, buffers }),
      },
      {
        event: this.#received,
        nack: (ssrc, sequences) => {
          this.#feedback('nack', nack(this.#sender, ssrc, sequences));
        },
        requestKeyframe: (ssrc) => this.#askKeyframe(ssrc),
      },
    );
  }

  /** Reads the offer, opens the transport and answers. @throws WhipError */
  static async open(
    offerSdp: string,
    options: IngestWorkerData,
    output: LiveSessionOutput,
  ): Promise<{ readonly session: LiveSession; readonly reply: PublishReply }> {
    const offer = parseOffer(offerSdp);
    const choice = chooseVideo(offer);
    const session = new LiveSession(choice, options, output);
    const transport = await WhipTransport.open(offer, choice, options.ice, options.addresses, {
      rtp: session.#rtp,
      senderReport: ({ ssrc, ntpMiddle }) => {
        session.#receiver.senderReport(ssrc, ntpMiddle, Date.now());
      },
      connected: () => {
        session.#welcome();
      },
      closed: () => {
        session.end('ended', 'the publisher closed the connection');
      },
      failed: (message) => {
        session.end('failed', message);
      },
    });
    session.#transport = transport;
    const answer = writeAnswer(offer, choice, {
      ufrag: transport.ufrag,
      pwd: transport.pwd,
      iceLite: options.ice.iceLite ?? false,
      fingerprint: transport.fingerprint,
      setup: transport.setup,
      candidates: transport.candidates,
      sessionId: (randomBytes(8).readBigUInt64BE(0) >> 2n).toString(),
    });
    transport.connect();
    session.#reports = setInterval(() => {
      session.#report();
    }, REPORT_INTERVAL);
    return { session, reply: { answer, etag: session.#etag } };
  }

  /**
   * Which layer is the best an offer does not say: that of the highest quality may come first or last. We answer without simulcast, and so
   * get the first.
   */
  #tellLayers(): void {
    const { layers } = this.#choice.media;
    if (layers.length < 2 || this.#toldLayers) return;
    this.#toldLayers = true;
    this.#output.listener({
      type: 'fault',
      code: 'simulcast_off',
      message: `the publisher offers ${String(layers.length)} layers (${layers.join(', ')}) and sends one, its first: put the best layer first, or turn simulcast off`,
    });
  }

  /** Trickled candidates or an ICE restart, RFC 9725 section 4.3. @throws WhipError */
  async trickle(text: string, ifMatch: string | undefined): Promise<TrickleReply> {
    const transport = this.#transport;
    if (!transport || this.#ended) throw new WhipError('session_over', 'this session is over; publish again');
    if (ifMatch === undefined)
      throw new WhipError('etag_missing', 'a PATCH needs If-Match with the ETag of the ICE session, or "*" for an ICE restart');
    const any = /^"?\*"?$/.test(ifMatch.trim());
    if (!any && !ifMatch.split(',').some((tag) => tag.trim() === this.#etag)) {
      throw new WhipError('etag_mismatch', 'If-Match names an ICE session that is over; use the ETag of the last answer');
    }
    const fragment = parseFragment(text);
    const restarts = fragment.ufrag !== undefined && fragment.ufrag !== transport.remoteUfrag;
    if (!restarts) {
      transport.addRemoteCandidates(fragment.candidates);
      return { status: 204, etag: this.#etag };
    }
    if (!this.#restarts.take())
      throw new WhipError('too_many_restarts', 'this session has restarted ICE too often; wait some seconds and try again', {
        retryAfter: RESTART_INTERVAL,
      });
    await transport.restart(fragment.ufrag, fragment.pwd ?? '', fragment.candidates);
    this.#etag = newEtag();
    const { media } = this.#choice;
    const body = writeFragment({
      ufrag: transport.ufrag,
      pwd: transport.pwd,
      candidates: transport.candidates,
      mid: media.mid,
      iceLite: this.#options.ice.iceLite ?? false,
    });
    return { status: 200, body, etag: this.#etag };
  }

  /** Ends the session and frees everything. Idempotent; resolves when the sockets are closed. */
  async close(reason: EndReason): Promise<void> {
    this.end(reason);
    await this.#transport?.close();
  }

  end(reason: EndReason, message?: string): void {
    if (this.#ended) return;
    this.#ended = true;
    clearInterval(this.#reports);
    clearTimeout(this.#holes);
    this.#receiver.close();
    this.#output.listener({ type: 'counters', counters: { ...this.#receiver.counters } });
    this.#output.onEnd();
    this.#output.listener({ type: 'end', reason, message });
    void this.#transport?.close();
  }

  /** Says what may be sent before the first packet comes, so that the publisher need not begin small. */
  #welcome(): void {
    if (this.#offers('goog-remb'))
      this.#transport?.sendRtcp([receiverReport(this.#sender, undefined), estimatedBitrate(this.#sender, 0, this.#bandwidth.estimate)]);
  }

  readonly #rtp = (packet: ReceivedRtp): void => {
    if (this.#ended || (this.#options.simulatedLoss > 0 && Math.random() < this.#options.simulatedLoss)) return;
    const { payloadType, ssrc, sequence, timestamp, marker, payload } = packet;
    this.#receiver.push({
      payloadType,
      ssrc,
      sequence,
      timestamp,
      marker,
      payload,
      receivedAt: Date.now(),
      sendTime: this.#sendTime(packet),
    });
    if (this.#receiver.waiting)
      this.#holes ??= setTimeout(() => {
        this.#tick();
      }, HOLE_INTERVAL);
  };

  #sendTime(packet: ReceivedRtp): number | undefined {
    const element = this.#choice.sendTimeId === undefined ? undefined : packet.element(this.#choice.sendTimeId);
    return element?.length === 3 ? Buffer.from(element).readUIntBE(0, 3) : undefined;
  }

  #tick(): void {
    this.#holes = undefined;
    if (this.#ended) return;
    this.#receiver.tick(Date.now());
    if (this.#receiver.waiting)
      this.#holes = setTimeout(() => {
        this.#tick();
      }, HOLE_INTERVAL);
  }

  /** Passes on what the receiver made, except frames for which main has no room. */
  readonly #received = (event: SourceEvent): void => {
    if (event.type === 'frame') {
      // Both counters wrap at 32 bits; their difference doesn't.
      if (this.#taken && ((this.#sent - Atomics.load(this.#taken, 0)) | 0) >= MAX_UNTAKEN) {
        this.#receiver.dropped();
        return;
      }
      this.#sent = (this.#sent + 1) | 0;
    }
    this.#output.listener(event);
    if (event.type === 'format') this.#tellLayers();
  };

  #askKeyframe(ssrc: number): boolean {
    if (!this.#transport?.connected) return false;
    if (this.#offers('nack pli')) this.#feedback('nack pli', pictureLoss(this.#sender, ssrc));
    else this.#feedback('ccm fir', fullIntraRequest(this.#sender, ssrc, this.#fir++));
    return true;
  }

  #offers(feedback: string): boolean {
    return this.#choice.accepted.some(({ offered }) => offered.feedback.includes(feedback));
  }

  /** Sends feedback that was negotiated; compound where reduced size wasn't (RFC 5506). */
  #feedback(kind: string, packet: Buffer): void {
    if (!this.#offers(kind)) return;
    this.#transport?.sendRtcp(this.#choice.media.rtcpReducedSize ? [packet] : [receiverReport(this.#sender, undefined), packet]);
  }

  #report(): void {
    const now = Date.now();
    const receiver = this.#receiver;
    const { iceTimeout, connectTimeout, mediaTimeout } = this.#options;
    if (!this.#transport?.heard && now - this.#begun > iceTimeout) {
      this.end(
        'timeout',
        `no packet from the publisher arrived within ${String(Math.round(iceTimeout / 1000))} s; check that UDP reaches the server, and which addresses it advertises`,
      );
      return;
    }
    if (receiver.lastPacketAt === 0 && now - this.#begun > connectTimeout) {
      const seconds = String(Math.round(connectTimeout / 1000));
      this.end(
        'timeout',
        this.#transport?.connected
          ? `the publisher connected, but sent no video within ${seconds} s`
          : `no connection within ${seconds} s; check that UDP reaches the server, and which addresses it advertises`,
      );
      return;
    }
    if (receiver.lastPacketAt > 0 && now - receiver.lastPacketAt > mediaTimeout) {
      this.end('timeout', `no video came for ${String(Math.round(mediaTimeout / 1000))} s`);
      return;
    }
    const roundTrip = this.#transport?.roundTrip;
    if (roundTrip !== undefined) receiver.roundTrip = roundTrip;
    receiver.tick(now);
    const report = receiver.report(now);
    if (report) {
      const estimate = this.#estimate(now);
      this.#transport?.sendRtcp([
        receiverReport(this.#sender, report),
        ...(this.#offers('goog-remb') ? [estimatedBitrate(this.#sender, report.ssrc, estimate)] : []),
      ]);
    }
    this.#output.listener({ type: 'counters', counters: { ...receiver.counters } });
    if (this.#above >= REPORTS_ABOVE)
      this.end(
        'failed',
        `the publisher sends more than ${String(this.#options.endAboveBitrate)} bit/s; lower its bit rate, or raise limits.max_bitrate`,
      );
  }

  #estimate(now: number): number {
    const { bytes, missed, received, queueDelay } = this.#receiver;
    const before = this.#before;
    this.#before = { at: now, bytes, missed, received };
    const elapsed = Math.max(1, now - before.at);
    this.#above = ((bytes - before.bytes) * 8000) / elapsed > this.#options.endAboveBitrate ? this.#above + 1 : 0;
    return this.#bandwidth.update({
      missing: Math.max(0, missed - before.missed),
      came: Math.max(0, received - before.received),
      received: ((bytes - before.bytes) * 8000) / elapsed,
      queueDelay,
      elapsed,
    });
  }
}

/** RFC 9110 section 8.8.3: a strong tag, quoted. */
function newEtag(): string {
  return `"${randomBytes(9).toString('base64url')}"`;
}
