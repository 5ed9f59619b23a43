import * as av from 'node-av/lib';

/** Bytes of RTP payload in one packet; below every usual MTU. */
const MTU = 1180;
const PAYLOAD_TYPE = 96;
const SSRC = 4242;

export interface ReplayOptions {
  /** The server, e.g. `http://127.0.0.1:8080`. */
  readonly server: string;
  /** A WebM file with VP8; it is sent as it is, in a loop, so that publishing costs next to nothing. */
  readonly file: string;
  readonly name?: string;
  /** Access token, where the server asks for one. */
  readonly token?: string;
  /** Changes what is offered and what is answered: a test's way to put a relay between. Default neither. */
  readonly route?: { offer(sdp: string): string; answer(sdp: string): Promise<string> };
}

interface CodedFrame {
  readonly data: Buffer;
  readonly key: boolean;
  readonly t: number;
}

/** The coded frames of a VP8 WebM, with seconds since the first. */
function readVp8(file: string): CodedFrame[] {
  const context = new av.FormatContext();
  if (context.openInputSync(file) < 0) throw new Error(`${file} can't be read`);
  context.findStreamInfoSync();
  const stream = context.streams.find((candidate) => candidate.codecpar.width > 0);
  if (!stream) throw new Error(`${file} holds no video`);
  const packet = new av.Packet();
  packet.alloc();
  const frames: CodedFrame[] = [];
  while (context.readFrameSync(packet) >= 0) {
    if (packet.streamIndex === stream.index && packet.data) {
      const { num, den } = stream.timeBase;
      frames.push({ data: Buffer.from(packet.data), key: (packet.data[0] ?? 1) % 2 === 0, t: (Number(packet.pts) * num) / den });
    }
    packet.unref();
  }
  packet.free();
  context.closeInputSync();
  return frames;
}

/**
 * Publishes a recorded VP8 stream over WHIP with node-datachannel (libdatachannel), a WebRTC stack that shares no code with the
 * server's. For benchmarks and tests.
 */
export class ReplayPublisher {
  /** Path of the WHIP resource, at {@link ReplayPublisher.server}. */
  readonly location: string;
  /** Public id of the session. */
  readonly session: string;
  /** The server's UDP port for this session. */
  readonly mediaPort: number;
  framesSent = 0;
  readonly #close: () => void;
  /** The server that took the session. */
  readonly server: string;
  readonly #headers: Readonly<Record<string, string>>;

  private constructor(
    server: string,
    location: string,
    session: string,
    mediaPort: number,
    close: () => void,
    headers: Readonly<Record<string, string>>,
  ) {
    this.server = server;
    this.location = location;
    this.session = session;
    this.mediaPort = mediaPort;
    this.#close = close;
    this.#headers = headers;
  }

  static async start(options: ReplayOptions): Promise<ReplayPublisher> {
    const { PeerConnection, Video, RtpPacketizationConfig, RtcpSrReporter, RtcpNackResponder } = await import('node-datachannel');
    const frames = readVp8(options.file);
    const peer = new PeerConnection('publisher', { iceServers: [] });
    const video = new Video('video', 'SendOnly');
    video.addVP8Codec(PAYLOAD_TYPE);
    video.addSSRC(SSRC, 'bench', 'bench', 'bench');
    const track = peer.addTrack(video);
    const reporter = new RtcpSrReporter(new RtpPacketizationConfig(SSRC, 'bench', PAYLOAD_TYPE, 90_000));
    reporter.addToChain(new RtcpNackResponder());
    track.setMediaHandler(reporter);
    const offer = await new Promise<string>((resolve) => {
      peer.onGatheringStateChange((state) => {
        if (state === 'complete') resolve(peer.localDescription()?.sdp ?? '');
      });
      peer.setLocalDescription();
    });
    const authorization: Record<string, string> = options.token === undefined ? {} : { authorization: `Bearer ${options.token}` };
    const response = await fetch(`${options.server}/whip?name=${encodeURIComponent(options.name ?? 'replay')}`, {
      method: 'POST',
      headers: { 'content-type': 'application/sdp', ...authorization },
      body: options.route?.offer(offer) ?? offer,
    });
    if (response.status !== 201) {
      peer.close();
      throw new Error(`the server answered ${String(response.status)}: ${await response.text()}`);
    }
    const answer = await response.text();
    const mediaPort = Number(/a=candidate:\S+ 1 udp \d+ \S+ (\d+) typ host/.exec(answer)?.[1]);
    peer.setRemoteDescription((await options.route?.answer(answer)) ?? answer, 'answer');
    const location = response.headers.get('location') ?? '';
    // A full server may have sent us to another one.
    const server = new URL(response.url).origin;
    try {
      await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => {
          reject(new Error('no connection within 10 s'));
        }, 10_000);
        track.onOpen(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    } catch (error) {
      peer.close();
      await fetch(server + location, { method: 'DELETE', headers: authorization }).catch(() => undefined);
      throw error;
    }
    const sender = new Sender(frames, (packet) => {
      try {
        if (track.isOpen()) track.sendMessageBinary(packet);
      } catch (error) {
        // The other side may close the track on libdatachannel's thread between the two calls.
        if (track.isOpen()) throw error;
      }
    });
    // On a clean line the clip's own keyframes do, and its times stay those that the clip's truth names.
    if (options.route)
      track.onMessage((message) => {
        if (asksForKeyframe(message)) sender.keyframe();
      });
    const publisher = new ReplayPublisher(
      server,
      location,
      response.headers.get('x-session-id') ?? '',
      mediaPort,
      () => {
        sender.stop();
        peer.close();
      },
      authorization,
    );
    sender.start(() => {
      publisher.framesSent++;
    });
    return publisher;
  }

  /** Ends as a good publisher does, by DELETE. */
  async close(): Promise<void> {
    await fetch(this.server + this.location, { method: 'DELETE', headers: this.#headers }).catch(() => undefined);
    this.#close();
  }

  /** Ends libdatachannel's threads, which would keep the process; after the last publisher has closed. */
  static async cleanup(): Promise<void> {
    const { cleanup } = await import('node-datachannel');
    cleanup();
  }

  /** Vanishes without a word. */
  die(): void {
    this.#close();
  }
}

/** Whether a compound RTCP packet holds a picture loss indication: payload-specific feedback (206) of format 1, RFC 4585 section 6.3.1. */
function asksForKeyframe(message: Buffer): boolean {
  for (let at = 0; at + 4 <= message.length; at += 4 * (message.readUInt16BE(at + 2) + 1)) {
    if (message[at + 1] === 206 && ((message[at] ?? 0) & 31) === 1) return true;
  }
  return false;
}

/** Sends frames at their time, in a loop; a timer of 5 ms, so that bursts stay small. */
class Sender {
  readonly #frames: readonly CodedFrame[];
  readonly #send: (packet: Buffer) => void;
  readonly #length: number;
  #timer: NodeJS.Timeout | undefined;
  #sequence = 1000;
  #next = 0;
  /** How far the frame that is sent stands before the one whose time has come. */
  #ahead = 0;
  #restarted = -Infinity;

  constructor(frames: readonly CodedFrame[], send: (packet: Buffer) => void) {
    this.#frames = frames;
    this.#send = send;
    const last = frames.at(-1)?.t ?? 0;
    this.#length = last + last / Math.max(1, frames.length - 1);
  }

  start(onFrame: () => void): void {
    const began = performance.now();
    let next = 0;
    this.#timer = setInterval(() => {
      const now = (performance.now() - began) / 1000;
      for (;;) {
        const due = this.#frames[next % this.#frames.length];
        const frame = this.#frames[(next + this.#ahead) % this.#frames.length];
        if (!due || !frame) return;
        const t = due.t + Math.floor(next / this.#frames.length) * this.#length;
        if (t > now) return;
        this.#packetize(frame.data, Math.round(t * 90_000));
        onFrame();
        this.#next = ++next;
      }
    }, 5);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Goes on with the clip's first frame, a keyframe: what an encoder does on a picture loss indication. Once a second at most. */
  keyframe(): void {
    const now = performance.now();
    if (now - this.#restarted < 1000) return;
    this.#restarted = now;
    this.#ahead = this.#frames.length - (this.#next % this.#frames.length);
  }

  /** RFC 7741 with the one-byte payload descriptor: S on the first packet of the frame's only partition. */
  #packetize(frame: Buffer, timestamp: number): void {
    for (let from = 0; from < frame.length; from += MTU) {
      const part = frame.subarray(from, from + MTU);
      const packet = Buffer.alloc(13 + part.length);
      packet[0] = 0x80;
      packet[1] = PAYLOAD_TYPE | (from + MTU >= frame.length ? 0x80 : 0);
      packet.writeUInt16BE(this.#sequence++ & 0xffff, 2);
      packet.writeUInt32BE(timestamp >>> 0, 4);
      packet.writeUInt32BE(SSRC, 8);
      packet[12] = from === 0 ? 0x10 : 0;
      part.copy(packet, 13);
      this.#send(packet);
    }
  }
}
