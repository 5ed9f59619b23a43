import { HandshakeReorderer } from './handshake-reorderer.js';

/** Authenticates and decrypts the body of a record; throws where it can't. */
export type DecryptRecord = (record: DtlsRecord) => Uint8Array;

/** One record of a datagram, RFC 6347 section 4.1. */
export interface DtlsRecord {
  readonly type: number;
  readonly version: { readonly major: number; readonly minor: number };
  readonly epoch: number;
  /** 48 bits. */
  readonly sequence: number;
  readonly body: Buffer;
}

const HEADER = 13;
const CHANGE_CIPHER_SPEC = 20;
const ALERT = 21;
const HANDSHAKE = 22;
const CLOSE_NOTIFY = 0;
/** Bytes of handshake, repeats and all; one takes some five thousand. */
const MAX_BYTES = 128 * 1024;

/**
 * Decides which DTLS records reach werift.
 *
 * werift 0.24 acts on alerts without authenticating them, takes any record of an unknown type for an alert, starts over when it sees a
 * ClientHello in plain text, and keeps fragments of handshakes without bound. Addresses are easily forged, so:
 *
 * - while the handshake goes on, only its own records pass, and not without end; a client's messages in order and each once;
 * - after it, only encrypted ones of it (the last flight, repeated), and alerts are read here, once they prove authentic.
 */
export class DtlsShield {
  readonly #decrypt: DecryptRecord;
  readonly #closed: () => void;
  /** Where we are the server. */
  readonly #order: HandshakeReorderer | undefined;
  #bytes = 0;
  /** Set once the handshake is over. */
  connected = false;
  /** Records turned away. */
  refused = 0;

  /** `closed`: the other side said goodbye, authentically. `role` is ours. */
  constructor(decrypt: DecryptRecord, closed: () => void, role: 'client' | 'server' = 'server') {
    this.#decrypt = decrypt;
    this.#closed = closed;
    if (role === 'server') this.#order = new HandshakeReorderer();
  }

  /** What of the datagram may pass; undefined where nothing may. */
  filter(datagram: Buffer): Buffer | undefined {
    const kept: Buffer[] = [];
    let whole = true;
    for (let at = 0; at < datagram.length;) {
      const record = readRecord(datagram, at);
      if (!record) {
        whole = false;
        break;
      } // cut short: RFC 6347 section 4.1.2.7 lets it go silently
      const end = at + HEADER + record.body.length;
      const admitted = this.#admits(record) ? this.#inOrder(record, datagram.subarray(at, end)) : undefined;
      if (admitted) kept.push(admitted);
      if (admitted?.length !== end - at) {
        whole = false;
        this.refused++;
      }
      at = end;
    }
    if (kept.length === 0) return undefined;
    return whole ? datagram : Buffer.concat(kept);
  }

  #admits(record: DtlsRecord): boolean {
    const { type, epoch, body } = record;
    if (type === ALERT) {
      if (this.connected && epoch > 0) this.#alert(record);
      return false;
    }
    if (type !== HANDSHAKE && type !== CHANGE_CIPHER_SPEC) return false; // there are no data channels here
    if (this.connected && epoch === 0) return false;
    this.#bytes += HEADER + body.length;
    return this.#bytes <= MAX_BYTES;
  }

  /** The record, or what is left of it without messages that werift has or can't use yet. */
  #inOrder({ type, epoch, body }: DtlsRecord, record: Buffer): Buffer | undefined {
    if (!this.#order || type !== HANDSHAKE || epoch > 0) return record;
    const left = this.#order.filter(body);
    if (left.length === body.length) return record;
    if (left.length === 0) return undefined;
    const shorter = Buffer.concat([record.subarray(0, HEADER), left]);
    shorter.writeUInt16BE(left.length, HEADER - 2);
    return shorter;
  }

  #alert(record: DtlsRecord): void {
    let alert: Uint8Array;
    try {
      alert = this.#decrypt(record);
    } catch {
      return;
    } // forged
    // RFC 5246 section 7.2: level (2 is fatal), description; either end of a connection ends it.
    if (alert[0] === 2 || alert[1] === CLOSE_NOTIFY) this.#closed();
  }
}

function readRecord(datagram: Buffer, at: number): DtlsRecord | undefined {
  if (at + HEADER > datagram.length) return undefined;
  const end = at + HEADER + datagram.readUInt16BE(at + 11);
  if (end > datagram.length) return undefined;
  return {
    type: datagram.readUInt8(at),
    version: { major: datagram.readUInt8(at + 1), minor: datagram.readUInt8(at + 2) },
    epoch: datagram.readUInt16BE(at + 3),
    sequence: datagram.readUIntBE(at + 5, 6),
    body: datagram.subarray(at + HEADER, end),
  };
}
