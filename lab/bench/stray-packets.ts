import { randomBytes } from 'node:crypto';

/**
 * What strangers send to a media port: a DTLS ClientHello, RTP, RTCP, STUN with a wrong password and answers to nobody's question, noise.
 */
export function strayPackets(): Buffer[] {
  const stun = (type: number, attributes: Buffer): Buffer => {
    const header = Buffer.alloc(8);
    header.writeUInt16BE(type, 0);
    header.writeUInt16BE(attributes.length, 2);
    header.writeUInt32BE(0x2112a442, 4);
    return Buffer.concat([header, randomBytes(12), attributes]);
  };
  return [
    Buffer.concat([Buffer.from('16fefd00000000000000010036010000', 'hex'), randomBytes(51)]),
    Buffer.concat([Buffer.of(0x80, 96), randomBytes(1100)]),
    Buffer.concat([Buffer.of(0x80, 200, 0, 6), randomBytes(40)]),
    stun(0x0001, Buffer.concat([Buffer.of(0, 6, 0, 4), Buffer.from('a:bc'), Buffer.of(0, 8, 0, 20), randomBytes(20)])),
    stun(0x0101, Buffer.of(0, 0x20, 0, 8, 0, 1, 1, 1, 1, 1, 1, 1)),
    randomBytes(300),
  ];
}
