/** The header of an RTP packet as it stands on the wire, before decryption: SRTP leaves it in the clear. */
export interface RtpHeader {
  readonly marker: boolean;
  readonly payloadType: number;
  /** 16 bits. */
  readonly sequence: number;
  /** 32 bits. */
  readonly timestamp: number;
  readonly ssrc: number;
  /** Whether the payload ends with padding, whose length only decryption shows. */
  readonly padding: boolean;
  /** Where the payload begins. */
  readonly payloadOffset: number;
  /** The extension's profile; 0 without one. */
  readonly extensionProfile: number;
  /** Where the extension's elements begin; they end at `payloadOffset`. */
  readonly extensionOffset: number;
}

const FIXED = 12;
/** Bytes of header extensions; a browser sends some 40. */
const MAX_EXTENSION = 1024;
const ONE_BYTE = 0xbede;
const TWO_BYTES = 0x1000;

/**
 * Reads an RTP header, RFC 3550 section 5.1; undefined where it is none or its lengths reach beyond `end`.
 *
 * @param end where the payload ends: the packet's length without what SRTP adds.
 */
export function readRtpHeader(packet: Uint8Array, end = packet.length): RtpHeader | undefined {
  const [first = 0, second = 0] = packet;
  if (end < FIXED || end > packet.length || first >> 6 !== 2) return undefined;
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  let at = FIXED + (first & 15) * 4;
  let extensionProfile = 0;
  let extensionOffset = at;
  if (first & 0x10) {
    if (at + 4 > end) return undefined;
    extensionProfile = view.getUint16(at);
    const length = view.getUint16(at + 2) * 4;
    if (length > MAX_EXTENSION) return undefined;
    extensionOffset = at + 4;
    at = extensionOffset + length;
  }
  if (at > end) return undefined;
  return {
    marker: (second & 0x80) !== 0,
    payloadType: second & 0x7f,
    sequence: view.getUint16(2),
    timestamp: view.getUint32(4),
    ssrc: view.getUint32(8),
    padding: (first & 0x20) !== 0,
    payloadOffset: at,
    extensionProfile,
    extensionOffset,
  };
}

/** The body of the extension element `id` (RFC 8285 sections 4.2 and 4.3); undefined where there is none, or it lies about its length. */
export function extensionElement(packet: Uint8Array, header: RtpHeader, id: number): Uint8Array | undefined {
  const { extensionProfile, extensionOffset, payloadOffset } = header;
  const oneByte = extensionProfile === ONE_BYTE;
  if (!oneByte && (extensionProfile & 0xfff0) !== TWO_BYTES) return undefined;
  for (let at = extensionOffset; at < payloadOffset;) {
    const first = packet[at++] ?? 0;
    if (first === 0) continue; // padding
    const found = oneByte ? first >> 4 : first;
    if (oneByte && found === 15) return undefined; // reserved: nothing after it is to be read
    const length = oneByte ? (first & 15) + 1 : (packet[at++] ?? 0);
    if (at + length > payloadOffset) return undefined;
    if (found === id) return packet.subarray(at, at + length);
    at += length;
  }
  return undefined;
}

/** Where the payload ends once its padding is off; undefined where the padding's length can't be true. RFC 3550 section 5.1. */
export function paddedEnd(plain: Uint8Array, { padding, payloadOffset }: Pick<RtpHeader, 'padding' | 'payloadOffset'>): number | undefined {
  if (!padding) return plain.length;
  const length = plain[plain.length - 1] ?? 0;
  return length > 0 && plain.length - length >= payloadOffset ? plain.length - length : undefined;
}
