import { randomBytes } from 'node:crypto';
import { RtpHeader, SrtcpSession, SrtpSession } from 'werift';
import { describe, expect, it } from 'vitest';
import type { ReceivedRtp } from './received-rtp.js';
import { SrtpReceiver } from './srtp-receiver.js';
import { srtpCipher } from './werift-ciphers.js';

/** A publisher's ends of SRTP, and our receiver with the same keys. */
function pair(profile: 1 | 7) {
  const salt = profile === 7 ? 12 : 14;
  const [key, secret] = [randomBytes(16), randomBytes(salt)];
  const config = {
    profile,
    keys: { localMasterKey: key, localMasterSalt: secret, remoteMasterKey: key, remoteMasterSalt: secret },
  } as const;
  const theirs = { rtp: new SrtpSession(config), rtcp: new SrtcpSession(config) };
  const got: ReceivedRtp[] = [];
  const reports: number[] = [];
  const receiver = new SrtpReceiver(
    ...srtpCipher({ srtp: new SrtpSession(config), srtcp: new SrtcpSession(config) } as unknown as Parameters<typeof srtpCipher>[0]),
    {
      rtp: (packet) => {
        got.push(packet);
      },
      senderReport: ({ ssrc }) => {
        reports.push(ssrc);
      },
    },
  );
  const packet = (sequence: number, more: Partial<RtpHeader> = {}, payload: Buffer = Buffer.of(1, 2, 3)): Buffer =>
    theirs.rtp.encrypt(
      payload,
      new RtpHeader({ version: 2, payloadType: 96, sequenceNumber: sequence % 65_536, timestamp: sequence, ssrc: 7, ...more }),
    );
  return { receiver, got, reports, packet, theirs };
}

describe.each([
  ['AES-CM', 1],
  ['AES-GCM', 7],
] as const)('SrtpReceiver with %s', (_, profile) => {
  it('decrypts, and takes no packet twice', () => {
    const { receiver, got, packet } = pair(profile);
    const recorded = [1, 2, 3].map((sequence) => packet(sequence));
    for (const again of [...recorded, ...recorded, ...recorded.reverse()]) receiver.push(again);
    expect(got.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
    expect([...(got[0]?.payload ?? [])]).toEqual([1, 2, 3]);
    expect(receiver.refused).toBe(6);
  });

  it('goes on after a loss about the wrap, with old packets sent again in between', () => {
    const { receiver, got, packet } = pair(profile);
    const all = Array.from({ length: 400 }, (_unused, at) => packet(65_336 + at));
    all.slice(0, 60).forEach((each) => {
      receiver.push(each);
    });
    all.slice(300).forEach((each, at) => {
      receiver.push(all[at % 60] ?? each);
      receiver.push(each);
    });
    expect(got).toHaveLength(160);
  });

  it('takes off honest padding and refuses what lies about it', () => {
    const { receiver, got, packet } = pair(profile);
    receiver.push(packet(1, { padding: true }, Buffer.of(9, 9, 0, 2)));
    for (const [at, count] of [0, 5, 255].entries()) receiver.push(packet(2 + at, { padding: true }, Buffer.of(9, 9, 0, count)));
    expect(got.map(({ payload }) => [...payload])).toEqual([[9, 9]]);
    receiver.push(packet(9));
    expect(got).toHaveLength(2);
  });

  it('does nothing for a claimed extension that is not there', () => {
    const { receiver, got, packet } = pair(profile);
    for (const length of [0xffff, 0x4000, 16]) {
      const bomb = Buffer.concat([
        Buffer.of(0x90, 96, 0, 1, 0, 0, 0, 1, 0, 0, 0, 7, 0xbe, 0xde, length >> 8, length & 255),
        Buffer.alloc(40, 0x11),
      ]);
      receiver.push(bomb);
    }
    receiver.push(packet(1).fill(0, 20));
    expect(got).toHaveLength(0);
    receiver.push(packet(1));
    expect(got).toHaveLength(1);
  });

  it('reads sender reports once', () => {
    const { receiver, reports, theirs } = pair(profile);
    const report = Buffer.alloc(28);
    report.set([0x80, 200, 0, 6, 0, 0, 0, 7]);
    const sealed = theirs.rtcp.encrypt(report);
    for (let time = 0; time < 3; time++) receiver.push(sealed);
    receiver.push(theirs.rtcp.encrypt(report));
    receiver.push(Buffer.from(theirs.rtcp.encrypt(report)).fill(0, 12, 20));
    expect(reports).toEqual([7, 7]);
  });

  it('keeps a bounded number of sources', () => {
    const { receiver, got, packet } = pair(profile);
    for (let ssrc = 1; ssrc <= 100; ssrc++) receiver.push(packet(1, { ssrc }));
    expect(got).toHaveLength(100);
  });
});
