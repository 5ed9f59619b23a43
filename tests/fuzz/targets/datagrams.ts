import { createHmac } from 'node:crypto';
import { extensionElement, paddedEnd, readRtpHeader } from '../../../src/ingest/rtp/rtp-header.js';
import { senderReports } from '../../../src/ingest/rtp/rtcp-reader.js';
import { DtlsShield } from '../../../src/ingest/webrtc/dtls-shield.js';
import { IceShield } from '../../../src/ingest/webrtc/ice-shield.js';
import { SrtpReceiver } from '../../../src/ingest/webrtc/srtp-receiver.js';
import { expect, joined, parts, type FuzzTarget } from '../target.js';

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');
const buffer = (input: Uint8Array): Buffer => Buffer.from(input.buffer, input.byteOffset, input.byteLength);

/** Packets through the receiver with a cipher that changes nothing. */
export const rtp: FuzzTarget = {
  name: 'rtp',
  seeds: () => [
    joined([bytes('80 60 00 01 00 00 00 01 00 00 00 07 10 50 12 00 00 00 00 00 00 00 00 00 00 00')]),
    joined([
      bytes(
        'b1 e0 ff ff 00 00 00 01 00 00 00 07 00 00 00 09 be de 00 02 22 aa bb cc 10 ff 00 00 01 02 03 02 00 00 00 00 00 00 00 00 00 00',
      ),
      bytes('80 60 00 00 00 00 00 01 00 00 00 07 10 50 00 00 00 00 00 00 00 00 00 00'),
    ]),
    joined([bytes('90 60 00 05 00 00 00 01 00 00 00 07 10 00 00 02 02 03 aa bb cc 00 00 00 01 00 00 00 00 00 00 00 00 00 00')]),
    joined([
      bytes(
        '80 c8 00 06 00 00 00 07 11 22 33 44 55 66 77 88 00 00 00 00 00 00 00 00 00 00 00 00 80 00 00 01 00 00 00 00 00 00 00 00 00 00',
      ),
    ]),
  ],
  run: (input) => {
    const receiver = new SrtpReceiver(
      { decryptRtp: (packet) => packet.subarray(0, -10), decryptRtcp: (packet) => packet.subarray(0, -14) },
      10,
      {
        rtp: ({ sequence, payload, payloadType, element }) => {
          expect(payloadType < 128 && sequence < 65_536 && payload.length <= input.length, 'fields are in range');
          for (const id of [0, 1, 2, 15, 255]) expect((element(id)?.length ?? 0) <= 255, 'an element is at most 255 bytes');
        },
        senderReport: ({ ssrc, ntpMiddle }) => {
          expect(ssrc >= 0 && ntpMiddle >= 0, 'fields are unsigned');
        },
      },
    );
    for (const part of parts(input)) {
      receiver.push(buffer(part));
      const header = readRtpHeader(part);
      if (!header) continue;
      expect(header.payloadOffset <= part.length && header.extensionOffset <= header.payloadOffset, 'a header lies in its packet');
      for (const id of [0, 1, 14, 15, 16, 255]) {
        const element = extensionElement(part, header, id);
        expect(
          element === undefined || element.byteOffset + element.length <= part.byteOffset + header.payloadOffset,
          'an element lies in the extension',
        );
      }
      const end = paddedEnd(part, header);
      expect(end === undefined || (end >= header.payloadOffset && end <= part.length), 'padding lies in the payload');
    }
  },
};

export const rtcp: FuzzTarget = {
  name: 'rtcp',
  seeds: () => [
    bytes('80 c8 00 06 00 00 00 07 11 22 33 44 55 66 77 88 00 00 00 00 00 00 00 00 00 00 00 00 81 ca 00 02 00 00 00 07 01 00 00 00'),
    bytes('81 c9 00 07'.padEnd(64, '0')),
    bytes('8f ce 00 05'.padEnd(48, '1')),
  ],
  run: (input) => {
    const reports = senderReports(input);
    expect(
      reports.length <= 32 && reports.every(({ ssrc, ntpMiddle }) => ssrc < 2 ** 32 && ntpMiddle >= 0 && ntpMiddle < 2 ** 32),
      'reports are few and in range',
    );
  },
};

function bindingRequest(): Buffer {
  const body = bytes('00 06 00 08 6f 75 72 73 3a 74 68 6d');
  const header = bytes('00 01 00 24 21 12 a4 42 01 02 03 04 05 06 07 08 09 0a 0b 0c');
  const seal = createHmac('sha1', 'secret')
    .update(Buffer.concat([header, body]))
    .digest();
  return Buffer.concat([header, body, bytes('00 08 00 14'), seal]);
}

export const stun: FuzzTarget = {
  name: 'stun',
  seeds: () => [
    joined([bindingRequest(), bytes('80 60 00 01 00 00 00 01 00 00 00 07')]),
    joined([bytes('01 01 00 00 21 12 a4 42 00 00 00 00 00 00 00 00 00 00 00 00')]),
    joined([bytes('16 fe fd')]),
  ],
  dictionary: ['\u0000\u0006', '\u0000\u0008\u0000\u0014', 'ours:', '!\u0012\u00a4B'],
  run: (input) => {
    const shield = new IceShield({ expects: () => false });
    shield.credentials('ours', 'secret');
    let proved = false;
    for (const part of parts(input)) {
      const admitted = shield.admits(part, '192.0.2.1', 5000);
      proved ||= admitted && part.length >= 56; // header, name, seal
      expect(!admitted || proved, 'nothing passes before a request with our password');
    }
  },
};

export const dtls: FuzzTarget = {
  name: 'dtls',
  seeds: () => [
    bytes('16 fe fd 00 00 00 00 00 00 00 01 00 04 01 00 00 00'),
    bytes(
      '15 fe fd 00 01 00 00 00 00 00 02 00 02 01 00 14 fe fd 00 00 00 00 00 00 00 03 00 01 01 16 fe fd 00 01 00 00 00 00 00 04 00 02 14 00',
    ),
  ],
  run: (input) => {
    const record = buffer(input);
    for (const connected of [false, true]) {
      let closed = false;
      const shield = new DtlsShield(
        () => {
          throw new Error('not authentic');
        },
        () => {
          closed = true;
        },
      );
      shield.connected = connected;
      const kept = shield.filter(record);
      expect(!closed, 'no forged alert closes');
      if (!kept) continue;
      expect(kept.length <= record.length, 'nothing is added');
      for (let at = 0; at + 13 <= kept.length; at += 13 + kept.readUInt16BE(at + 11)) {
        const type = kept[at] ?? 0;
        expect(type === 20 || type === 22, "only the handshake's records pass");
        expect(!connected || kept.readUInt16BE(at + 3) > 0, 'nothing in plain text passes once connected');
      }
    }
  },
};
