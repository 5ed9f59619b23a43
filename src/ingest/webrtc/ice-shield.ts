import { createHmac, timingSafeEqual } from 'node:crypto';

/** `address:port`. */
export type RemoteKey = string;

export const remoteKey = (address: string, port: number): RemoteKey => `${address}:${String(port)}`;

const HEADER = 20;
const COOKIE = 0x2112a442;
const BINDING_REQUEST = 0x0001;
const USERNAME = 0x0006;
const MESSAGE_INTEGRITY = 0x0008;
const MESSAGE_INTEGRITY_SHA256 = 0x001c;
const FINGERPRINT = 0x8028;
const BINDING_RESPONSES: readonly number[] = [0x0101, 0x0111];
/** Bytes; the largest connectivity check takes less than 200. */
const MAX_STUN = 1280;
/** Addresses that a publisher may use at once: its interfaces, and those of the restarts before. */
const MAX_ADDRESSES = 16;
/** Addresses that one pair of credentials may come from in all: the agent keeps each, and sends a check to it. */
const MAX_ADDRESSES_EVER = 256;
/** Requests remembered; at one every 2.5 s, hours of them. */
const MAX_REQUESTS = 4096;

export interface IceShieldOptions {
  /** Whether the agent waits for a response to this transaction (24 hexadecimal digits). Default: it may. */
  readonly expects?: (transaction: string) => boolean;
  /** The address that media goes to now, which newer ones never push out. Default none. */
  readonly selected?: () => RemoteKey | undefined;
}

/**
 * Decides which datagrams reach the ICE agent and what lies above it.
 *
 * werift answers STUN requests without checking MESSAGE-INTEGRITY and takes DTLS from any address; a stranger's ClientHello would make
 * it negotiate anew. So requests must prove that their sender knows our password (RFC 8445 section 7.3), and anything that isn't STUN
 * must come from an address that has proved it.
 *
 * A request that somebody on the way recorded is authentic from anywhere, so each counts for the address it first came from.
 */
export class IceShield {
  /** Our passwords by user name; those before a restart stay good until the next one. */
  readonly #passwords = new Map<string, string>();
  readonly #proved = new Set<RemoteKey>();
  /** Address by transaction id. */
  readonly #requests = new Map<string, RemoteKey>();
  readonly #expects: (transaction: string) => boolean;
  readonly #selected: () => RemoteKey | undefined;
  #addresses = 0;
  /** Whether anyone has proved to be the publisher. */
  heard = false;
  /** Datagrams turned away. */
  refused = 0;

  constructor({ expects = () => true, selected = () => undefined }: IceShieldOptions = {}) {
    this.#expects = expects;
    this.#selected = selected;
  }

  /** New credentials; the ones before stay valid while an ICE restart goes on. */
  credentials(ufrag: string, pwd: string): void {
    this.#passwords.set(ufrag, pwd);
    this.#addresses = 0;
    while (this.#passwords.size > 2) this.#passwords.delete(this.#passwords.keys().next().value ?? '');
  }

  /** Whether the publisher has shown to be at an address. */
  proved(address: string, port: number): boolean {
    return this.#proved.has(remoteKey(address, port));
  }

  /** Whether the datagram may pass. */
  admits(data: Uint8Array, address: string, port: number): boolean {
    const admitted = isStun(data) ? this.#admitsStun(data, address, port) : this.#proved.has(remoteKey(address, port));
    if (!admitted) this.refused++;
    return admitted;
  }

  #admitsStun(data: Uint8Array, address: string, port: number): boolean {
    const view = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    const type = view.readUInt16BE(0);
    if (view.length > MAX_STUN || view.readUInt16BE(2) !== view.length - HEADER) return false;
    const transaction = view.toString('hex', 8, HEADER);
    // The agent checks a response's integrity and where it comes from, once it is one that it waits for.
    if (type !== BINDING_REQUEST) return BINDING_RESPONSES.includes(type) && this.#expects(transaction);
    if (!this.#authentic(view)) return false;
    const key = remoteKey(address, port);
    const first = this.#requests.get(transaction);
    if (first !== undefined && first !== key) return false; // recorded on its way, and sent again from elsewhere
    if (!this.#proves(key)) return false;
    this.#requests.set(transaction, key);
    while (this.#requests.size > MAX_REQUESTS) this.#requests.delete(this.#requests.keys().next().value ?? '');
    return true;
  }

  #proves(key: RemoteKey): boolean {
    if (!this.#proved.delete(key) && ++this.#addresses > MAX_ADDRESSES_EVER) return false;
    this.heard = true;
    this.#proved.add(key); // last, so that the oldest goes first
    const selected = this.#selected();
    for (const oldest of this.#proved) {
      if (this.#proved.size <= MAX_ADDRESSES) break;
      if (oldest !== selected) this.#proved.delete(oldest);
    }
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
        return (
          timingSafeEqual(createHmac('sha1', password).update(covered).digest(), message.subarray(at + 4, end)) && onlySeals(message, end)
        );
      }
      at = end + ((4 - (length % 4)) % 4);
    }
    return false;
  }
}

/** What follows MESSAGE-INTEGRITY isn't covered by it, so nothing may but another seal (RFC 8489 section 14.5). */
function onlySeals(message: Buffer, from: number): boolean {
  for (let at = from; at < message.length;) {
    if (at + 4 > message.length || ![MESSAGE_INTEGRITY_SHA256, FINGERPRINT].includes(message.readUInt16BE(at))) return false;
    at += 4 + message.readUInt16BE(at + 2);
  }
  return true;
}

/** Whether an outgoing datagram is a connectivity check. */
export const isBindingRequest = (data: Uint8Array): boolean => isStun(data) && data[0] === 0 && data[1] === BINDING_REQUEST;

function isStun(data: Uint8Array): boolean {
  return (
    data.length >= HEADER &&
    ((data[0] ?? 255) & 0xc0) === 0 &&
    (((data[4] ?? 0) << 24) | ((data[5] ?? 0) << 16) | ((data[6] ?? 0) << 8) | (data[7] ?? 0)) === COOKIE
  );
}
