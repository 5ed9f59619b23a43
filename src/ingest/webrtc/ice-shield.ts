import { createHmac, timingSafeEqual } from 'node:crypto';

/** `address:port`. */
export type RemoteKey = string;

export const remoteKey = (address: string, port: number): RemoteKey => `${address}:${String(port)}`;

const HEADER = 20;
const COOKIE = 0x2112a442;
const BINDING_REQUEST = 0x0001;
const USERNAME = 0x0006;
const MESSAGE_INTEGRITY = 0x0008;
/** Addresses that a publisher may use at once: its interfaces, and those of the restarts before. */
const MAX_ADDRESSES = 16;

/**
 * Decides which datagrams reach the ICE agent and what lies above it.
 *
 * werift answers STUN requests without checking MESSAGE-INTEGRITY and takes DTLS from any address; a stranger's ClientHello would make
 * it negotiate anew. So requests must prove that their sender knows our password (RFC 8445 section 7.3), and anything that isn't STUN
 * must come from an address that has proved it.
 */
export class IceShield {
  /** Our passwords by user name; those before a restart stay good until the next one. */
  readonly #passwords = new Map<string, string>();
  readonly #proved = new Set<RemoteKey>();
  /** Datagrams turned away. */
  refused = 0;

  /** New credentials; the ones before stay valid while an ICE restart goes on. */
  credentials(ufrag: string, pwd: string): void {
    this.#passwords.set(ufrag, pwd);
    while (this.#passwords.size > 2) this.#passwords.delete(this.#passwords.keys().next().value ?? '');
  }

  /** Whether the datagram may pass. */
  admits(data: Uint8Array, address: string, port: number): boolean {
    const admitted = isStun(data) ? this.#admitsStun(data, address, port) : this.#proved.has(remoteKey(address, port));
    if (!admitted) this.refused++;
    return admitted;
  }

  #admitsStun(data: Uint8Array, address: string, port: number): boolean {
    const view = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    // Responses are checked by the agent against its own open requests.
    if (view.readUInt16BE(0) !== BINDING_REQUEST) return (view.readUInt16BE(0) & 0x0100) !== 0;
    if (!this.#authentic(view)) return false;
    const key = remoteKey(address, port);
    this.#proved.delete(key); // so that the oldest goes first
    this.#proved.add(key);
    while (this.#proved.size > MAX_ADDRESSES) this.#proved.delete(this.#proved.keys().next().value ?? '');
    return true;
  }

  /** RFC 8489 section 14.5: HMAC-SHA1 over the message up to the attribute, the header's length counting the attribute in. */
  #authentic(message: Buffer): boolean {
    let password: string | undefined;
    for (let at = HEADER; at + 4 <= message.length;) {
      const type = message.readUInt16BE(at);
      const length = message.readUInt16BE(at + 2);
      const end = at + 4 + length;
      if (end > message.length) return false;
      if (type === USERNAME) password = this.#passwords.get(message.toString('utf8', at + 4, end).split(':')[0] ?? '');
      if (type === MESSAGE_INTEGRITY) {
        if (password === undefined || length !== 20) return false;
        const covered = Buffer.from(message.subarray(0, at));
        covered.writeUInt16BE(at - HEADER + 24, 2);
        return timingSafeEqual(createHmac('sha1', password).update(covered).digest(), message.subarray(at + 4, end));
      }
      at = end + ((4 - (length % 4)) % 4);
    }
    return false;
  }
}

function isStun(data: Uint8Array): boolean {
  return data.length >= HEADER && ((data[0] ?? 255) & 0xc0) === 0
    && (((data[4] ?? 0) << 24) | ((data[5] ?? 0) << 16) | ((data[6] ?? 0) << 8) | (data[7] ?? 0)) === COOKIE;
}
