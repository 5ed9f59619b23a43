import { randomInt } from 'node:crypto';
import datachannel from 'node-datachannel';
import type { EncodedFrame } from './test-video.js';

/** A publisher on libdatachannel: its own ICE, DTLS and SRTP; packets, repeats and keyframes are made here. */
export interface PublisherOptions {
  readonly codec: 'VP8' | 'VP9' | 'H264';
  /** Sent round and round; the first must be a keyframe, and decoding must be able to begin there again. */
  readonly clip: readonly EncodedFrame[];
  readonly fps?: number;
  /** Share of packets that never leave. Default 0. */
  readonly loss?: number;
  /** Answers NACKs. Default true. */
  readonly repeats?: boolean;
  /** First RTP timestamp, to see it wrap. */
  readonly timestamp?: number;
  readonly trickle?: boolean;
  /** A second codec that is offered, for {@link RtpPublisher.switchCodec}. */
  readonly also?: 'VP9';
}

const MTU = 1100;
const PAYLOAD_TYPE = 96;

export class RtpPublisher {
  readonly #options: PublisherOptions;
  readonly #peer: datachannel.PeerConnection;
  readonly #track: datachannel.Track;
  readonly #history = new Map<number, Buffer>();
  #sequence = randomInt(65_536);
  #timestamp: number;
  #ssrc = randomInt(1, 2 ** 31);
  #clip: readonly EncodedFrame[];
  #next = 0;
  #codec: PublisherOptions['codec'];
  #payloadType = PAYLOAD_TYPE;
  #timer: NodeJS.Timeout | undefined;
  #begun = 0;
  #closed = false;
  sent = 0;
  packets = 0;
  lost = 0;
  keyframeRequests = 0;
  nacks = 0;
  /** Last REMB, bits per second. */
  remb = 0;

  constructor(options: PublisherOptions) {
    this.#options = options;
    this.#clip = options.clip;
    this.#codec = options.codec;
    this.#timestamp = options.timestamp ?? randomInt(2 ** 32);
    this.#peer = new datachannel.PeerConnection('publisher', { iceServers: [], disableAutoNegotiation: true });
    const video = new datachannel.Video('0', 'SendOnly');
    if (options.codec === 'H264') video.addH264Codec(PAYLOAD_TYPE);
    else video.addVideoCodec(PAYLOAD_TYPE, options.codec);
    if (options.also) video.addVideoCodec(PAYLOAD_TYPE + 2, options.also);
    video.addSSRC(this.#ssrc, 'camera', 'stream', 'track');
    this.#track = this.#peer.addTrack(video);
    this.#track.onMessage((message) => {
      this.#feedback(message);
    });
  }

  get state(): string {
    return this.#peer.state();
  }
  get clip(): readonly EncodedFrame[] {
    return this.#clip;
  }

  /** The offer, with candidates unless it trickles. */
  async offer(): Promise<string> {
    const done = new Promise<void>((resolve) => {
      this.#peer.onGatheringStateChange((state) => {
        if (state === 'complete') resolve();
      });
    });
    this.#peer.setLocalDescription('offer');
    await done;
    const sdp = this.#peer.localDescription()?.sdp ?? '';
    return this.#options.trickle ? sdp.replaceAll(/a=(candidate:.*|end-of-candidates)\r\n/g, '') : sdp;
  }

  /** Candidates for a PATCH. */
  get candidates(): string[] {
    return [...(this.#peer.localDescription()?.sdp ?? '').matchAll(/a=(candidate:.*)\r\n/g)].map(([, line]) => line ?? '');
  }

  answer(sdp: string): void {
    this.#peer.setRemoteDescription(sdp, 'answer');
  }

  /** Sends frames at their rate from when the track is open. */
  start(): void {
    const interval = 1000 / (this.#options.fps ?? 30);
    const tick = (): void => {
      if (this.#closed) return;
      if (this.#track.isOpen()) {
        this.#begun ||= performance.now();
        const due = Math.floor((performance.now() - this.#begun) / interval) + 1;
        for (let catchUp = 0; this.sent < due && catchUp < 3; catchUp++) this.#sendFrame();
      }
      this.#timer = setTimeout(tick, 5);
    };
    tick();
  }

  /** Stops without a word, as a machine that loses its power. */
  pause(): void {
    clearTimeout(this.#timer);
  }

  /** Another clip from now on, as a camera that is turned or a sender that switches codecs would send. */
  switchClip(clip: readonly EncodedFrame[]): void {
    this.#clip = clip;
    this.#next = 0;
  }

  /** Back and forth between the two codecs that were offered. */
  switchCodec(clip: readonly EncodedFrame[]): void {
    const second = this.#payloadType === PAYLOAD_TYPE;
    this.#payloadType = second ? PAYLOAD_TYPE + 2 : PAYLOAD_TYPE;
    this.#codec = second ? (this.#options.also ?? this.#options.codec) : this.#options.codec;
    this.switchClip(clip);
  }

  /** A packet of the caller's making behind a header of ours: sealed by SRTP like any other. `flags` are the first byte's. */
  sendOdd(body: Buffer, flags = 0x80): void {
    const packet = Buffer.concat([this.#header(true), body]);
    packet[0] = flags;
    this.#transmit(packet);
  }

  /** A new source, as after a reload of the encoder. */
  newSource(): void {
    this.#ssrc = randomInt(1, 2 ** 31);
    this.#sequence = randomInt(65_536);
    this.#timestamp = randomInt(2 ** 32);
    this.#next = 0;
  }

  /** One frame at once, whatever the rate. */
  sendFrame(): void {
    this.#sendFrame();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#track.close();
    this.#peer.close();
  }

  #sendFrame(): void {
    const frame = this.#clip[this.#next];
    if (!frame) return;
    const payloads =
      this.#codec === 'VP8' ? vp8Payloads(frame.data) : this.#codec === 'VP9' ? vp9Payloads(frame) : h264Payloads(frame.data);
    payloads.forEach((payload, index) => {
      this.#sendPacket(payload, index === payloads.length - 1);
    });
    this.#timestamp = (this.#timestamp + Math.round(90_000 / (this.#options.fps ?? 30))) % 2 ** 32;
    this.#next = (this.#next + 1) % this.#clip.length;
    this.sent++;
  }

  #sendPacket(payload: Buffer, marker: boolean): void {
    const sequence = this.#sequence;
    const packet = Buffer.concat([this.#header(marker), payload]);
    this.#history.set(sequence, packet);
    this.#history.delete((sequence - 500 + 65_536) % 65_536);
    this.#transmit(packet);
  }

  #header(marker: boolean): Buffer {
    const header = Buffer.alloc(12);
    header.writeUInt8(0x80, 0);
    header.writeUInt8(this.#payloadType | (marker ? 0x80 : 0), 1);
    header.writeUInt16BE(this.#sequence, 2);
    header.writeUInt32BE(this.#timestamp, 4);
    header.writeUInt32BE(this.#ssrc, 8);
    this.#sequence = (this.#sequence + 1) % 65_536;
    this.packets++;
    return header;
  }

  #transmit(packet: Buffer): void {
    if (Math.random() < (this.#options.loss ?? 0)) {
      this.lost++;
      return;
    }
    try {
      this.#track.sendMessageBinary(packet);
    } catch (error) {
      // The server may close the connection, on another thread, between the check that the track is open and here.
      if (this.#track.isOpen()) throw error;
    }
  }

  /** RTCP: NACK (RFC 4585), PLI, REMB. */
  #feedback(message: Buffer): void {
    for (let at = 0; at + 4 <= message.length;) {
      const count = message.readUInt8(at) & 31;
      const type = message.readUInt8(at + 1);
      const end = at + (message.readUInt16BE(at + 2) + 1) * 4;
      if (end > message.length) return;
      if (type === 205 && count === 1) {
        this.nacks++;
        for (let block = at + 12; block + 4 <= end; block += 4) this.#repeat(message.readUInt16BE(block), message.readUInt16BE(block + 2));
      }
      if (type === 206 && (count === 1 || count === 4)) {
        this.keyframeRequests++;
        this.#next = 0;
      }
      if (type === 206 && count === 15) {
        const word = message.readUInt32BE(at + 16);
        this.remb = (word & 0x3ffff) * 2 ** ((word >>> 18) & 63);
      }
      at = end;
    }
  }

  #repeat(first: number, mask: number): void {
    if (this.#options.repeats === false) return;
    for (let bit = -1; bit < 16; bit++) {
      if (bit >= 0 && !(mask & (1 << bit))) continue;
      const packet = this.#history.get((first + bit + 1) % 65_536);
      if (packet) this.#transmit(packet);
    }
  }
}

function chunks(data: Buffer): Buffer[] {
  return Array.from({ length: Math.max(1, Math.ceil(data.length / MTU)) }, (_, index) => data.subarray(index * MTU, (index + 1) * MTU));
}

const vp8Payloads = (data: Buffer): Buffer[] => chunks(data).map((part, index) => Buffer.concat([Buffer.of(index === 0 ? 0x10 : 0), part]));

const vp9Payloads = ({ data, keyframe }: EncodedFrame): Buffer[] => {
  const parts = chunks(data);
  return parts.map((part, index) =>
    Buffer.concat([Buffer.of((keyframe ? 0 : 0x40) | (index === 0 ? 0x08 : 0) | (index === parts.length - 1 ? 0x04 : 0)), part]),
  );
};

function h264Payloads(data: Buffer): Buffer[] {
  const units: Buffer[] = [];
  let start = -1;
  for (let at = 0; at + 3 <= data.length; at++) {
    if (data[at] !== 0 || data[at + 1] !== 0 || data[at + 2] !== 1) continue;
    if (start >= 0) units.push(data.subarray(start, data[at - 1] === 0 ? at - 1 : at));
    start = at + 3;
    at += 2;
  }
  if (start >= 0) units.push(data.subarray(start));
  return units.flatMap((unit) => {
    const header = unit[0] ?? 0;
    if (unit.length <= MTU + 1) return [unit]; // a fragment may not be first and last (RFC 6184 section 5.8)
    const parts = chunks(unit.subarray(1));
    return parts.map((part, index) =>
      Buffer.concat([
        Buffer.of((header & 0xe0) | 28, (header & 31) | (index === 0 ? 0x80 : 0) | (index === parts.length - 1 ? 0x40 : 0)),
        part,
      ]),
    );
  });
}
