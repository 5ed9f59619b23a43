/** Bytes before the body of a handshake message, RFC 6347 section 4.2.2. */
const HEADER = 12;
const CLIENT_HELLO = 1;

/**
 * Hands a DTLS client's handshake messages on in order and each once, as RFC 6347 section 4.2.2 asks of a receiver.
 *
 * werift 0.24 takes them as they come, and a repeated ClientKeyExchange makes it derive its keys anew; a precaution, since libdatachannel's
 * repeats were seen to work without it. What comes out of order is let go: the client repeats the whole flight.
 */
export class HandshakeReorderer {
  /** `message_seq` and offset that come next; unknown before a ClientHello. */
  #next: number | undefined;
  #offset = 0;

  /** What of a plain-text handshake record's body may pass; empty where nothing may. */
  filter(body: Buffer): Buffer {
    const kept: Buffer[] = [];
    for (let at = 0; at + HEADER <= body.length;) {
      const end = at + HEADER + body.readUIntBE(at + 9, 3);
      if (end > body.length) break;
      const message = body.subarray(at, end);
      if (this.#admits(message)) kept.push(message);
      at = end;
    }
    return Buffer.concat(kept);
  }

  #admits(message: Buffer): boolean {
    const sequence = message.readUInt16BE(4);
    if (message[0] === CLIENT_HELLO) {
      // One before the cookie and one with it; repeats ask for the answer again. A late first one would make werift draw new keys.
      if (sequence === 0 && this.#next !== undefined && this.#next > 1) return false;
      if (sequence <= 1 && (this.#next ?? 0) <= sequence) this.#next = sequence + 1;
      return true;
    }
    const offset = message.readUIntBE(6, 3);
    if (sequence !== this.#next || offset !== this.#offset) return false;
    this.#offset += message.length - HEADER;
    if (this.#offset >= message.readUIntBE(1, 3)) {
      this.#next++;
      this.#offset = 0;
    }
    return true;
  }
}
