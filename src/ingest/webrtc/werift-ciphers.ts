import { RtpHeader, type DtlsSocket, type RTCDtlsTransport } from 'werift';
import type { DecryptRecord } from './dtls-shield.js';
import type { SrtpCipher, TagLength } from './srtp-receiver.js';

const AES_GCM = 0x0007;

/** The cipher of a DTLS connection whose handshake is over. */
export function recordCipher(end: DtlsSocket): DecryptRecord {
  return ({ type, version, epoch, sequence, body }) =>
    end.cipher.cipher.decrypt(end.sessionType, body, {
      type,
      version: (version.major << 8) | version.minor,
      epoch,
      sequenceNumber: sequence,
    });
}

const ALERT = 21;
const DTLS_1_2 = 0xfefd;

/** A record that says that we close the connection (RFC 5246 section 7.2.1), after the handshake. */
export function closeNotify(end: DtlsSocket): Buffer {
  const header = { type: ALERT, version: DTLS_1_2, epoch: 1, sequenceNumber: ++end.dtls.recordSequenceNumber };
  const sealed = end.cipher.cipher.encrypt(end.sessionType, Buffer.from([1, 0]), header);
  const record = Buffer.alloc(13);
  record.writeUInt8(header.type, 0);
  record.writeUInt16BE(header.version, 1);
  record.writeUInt16BE(header.epoch, 3);
  record.writeUIntBE(header.sequenceNumber, 5, 6);
  record.writeUInt16BE(sealed.length, 11);
  return Buffer.concat([record, sealed]);
}

/** The publisher's SRTP and SRTCP ciphers after the handshake, and the length of their tags. */
export function srtpCipher(dtls: RTCDtlsTransport): [SrtpCipher, TagLength] {
  const media = dtls.srtp.remoteContext;
  const control = dtls.srtcp.remoteContext;
  // One for all packets: werift's are slow to make, and it reads only what is set here.
  const shared = new RtpHeader();
  return [
    {
      decryptRtp: (packet, rolloverCounter, header) => media.cipher.decryptRtp(packet, rolloverCounter, Object.assign(shared, header))[0],
      decryptRtcp: (packet) => control.cipher.decryptRTCP(packet)[0],
    },
    media.profile === AES_GCM ? 16 : 10,
  ];
}
