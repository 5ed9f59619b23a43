/** What a receiver report says of one stream, RFC 3550 section 6.4.1. */
export interface ReceptionReport {
  readonly ssrc: number;
  /** Of 256, since the last report. */
  readonly fractionLost: number;
  /** 24 bits, signed. */
  readonly cumulativeLost: number;
  /** 32 bits: cycles and sequence number. */
  readonly highestSequence: number;
  /** In units of the media clock. */
  readonly jitter: number;
  readonly lastSr: number;
  readonly delaySinceLastSr: number;
}

/** Counts packets of one stream as RFC 3550 appendices A.3 and A.8 do. */
export class ReceiveStatistics {
  readonly ssrc: number;
  #base: number | undefined;
  #highest = 0;
  #received = 0;
  #expectedBefore = 0;
  #receivedBefore = 0;
  #transit: number | undefined;
  #jitter = 0;
  #lastSr = 0;
  #lastSrAt = 0;

  constructor(ssrc: number) {
    this.ssrc = ssrc;
  }

  /** `sequence` and `timestamp` unwrapped. */
  add(sequence: number, timestamp: number, now: number): void {
    this.#base ??= sequence;
    this.#received++;
    if (sequence < this.#highest) return; // a repeat tells nothing of the network's jitter
    this.#highest = sequence;
    const transit = now * 90 - timestamp;
    if (this.#transit !== undefined) this.#jitter += (Math.abs(transit - this.#transit) - this.#jitter) / 16;
    this.#transit = transit;
  }

  /** A sender report came; `ntp` is its 64-bit NTP time's middle 32 bits. */
  senderReport(ntp: number, now: number): void {
    this.#lastSr = ntp >>> 0;
    this.#lastSrAt = now;
  }

  get received(): number {
    return this.#received;
  }

  /** Packets that never came; repeats may have made up for some. */
  get lost(): number {
    return this.#base === undefined ? 0 : Math.max(0, this.#highest - this.#base + 1 - this.#received);
  }

  report(now: number): ReceptionReport {
    const expected = this.#base === undefined ? 0 : this.#highest - this.#base + 1;
    const expectedNow = expected - this.#expectedBefore;
    const lostNow = expectedNow - (this.#received - this.#receivedBefore);
    this.#expectedBefore = expected;
    this.#receivedBefore = this.#received;
    return {
      ssrc: this.ssrc,
      fractionLost: expectedNow > 0 && lostNow > 0 ? Math.min(255, Math.floor((lostNow * 256) / expectedNow)) : 0,
      cumulativeLost: Math.min(0x7fffff, Math.max(-0x800000, expected - this.#received)),
      highestSequence: this.#highest % 2 ** 32,
      jitter: Math.min(0xffffffff, Math.floor(this.#jitter)),
      lastSr: this.#lastSr,
      delaySinceLastSr: this.#lastSr === 0 ? 0 : Math.min(0xffffffff, Math.floor((now - this.#lastSrAt) * 65.536)),
    };
  }
}
