import { randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { DtlsClient } from 'werift';
import { afterEach, describe, expect, it } from 'vitest';
import { IngestPool, WhipError } from '../../src/ingest/mod.js';
import { collect, sleep, until } from './collect.js';
import { offerSdp } from './offer-example.js';
import { RtpPublisher } from './rtp-publisher.js';
import { encodeClip } from './test-video.js';

let pool: IngestPool | undefined;
let publisher: RtpPublisher | undefined;
const sockets: Socket[] = [];
afterEach(async () => {
  publisher?.close();
  await pool?.close();
  for (const socket of sockets.splice(0)) socket.close();
});

function socketTo(port: number): { readonly send: (data: Buffer) => void; onData: (data: Buffer) => void } {
  const socket = createSocket('udp4');
  sockets.push(socket);
  const made: ReturnType<typeof socketTo> = { send: (data) => { socket.send(data, port, '127.0.0.1'); }, onData: () => undefined };
  socket.on('message', (data) => { made.onData(data); });
  return made;
}

describe('strangers', () => {
  it.each([false, true])('can\'t disturb a session by DTLS, STUN or noise on its port (ICE-lite %s)', async (iceLite) => {
    pool = await IngestPool.start({ ice: { host: '127.0.0.1', iceLite } });
    publisher = new RtpPublisher({ codec: 'VP8', clip: encodeClip({ codec: 'libvpx', width: 640, height: 480, frames: 30 }) });
    // We become the DTLS server, the role in which werift would take anybody's ClientHello.
    const { answer, source } = await pool.publish((await publisher.offer()).replaceAll('a=setup:actpass', 'a=setup:active'), { sessionKey: 'victim' });
    expect(answer).toContain('a=setup:passive');
    const seen = collect(source);
    publisher.answer(answer);
    publisher.start();
    await until(() => seen.frames.length > 20, 'frames');
    const port = Number(/a=candidate:\S+ 1 udp \d+ 127\.0\.0\.1 (\d+) typ host/.exec(answer)?.[1]);
    const ufrag = /a=ice-ufrag:(.*)\r/.exec(answer)?.[1] ?? '';
    const { send } = socketTo(port);

    const dtls = socketTo(port);
    const client = new DtlsClient({
      transport: {
        type: 'udp', address: { address: '127.0.0.1', port, family: 'IPv4' }, closed: false, close: () => Promise.resolve(),
        send: (data: Buffer) => { dtls.send(data); return Promise.resolve(); },
        set onData(handler: (data: Buffer, address: readonly [string, number]) => void) { dtls.onData = (data) => { handler(data, ['127.0.0.1', port]); }; },
        get onData() { return () => undefined; },
      },
      srtpProfiles: [1],
    });
    void client.connect().catch(() => undefined);
    send(Buffer.from('15fefd000000000000000100020100', 'hex')); // close_notify, in plain text
    for (let shot = 0; shot < 300; shot++) {
      send(bindingRequest(ufrag));
      send(Buffer.concat([Buffer.of(0x80, 96), randomBytes(60)]));
      send(randomBytes(1 + (shot % 200)));
      if (shot % 50 === 0) await sleep(20);
    }
    await sleep(1500);
    const { length } = seen.frames;
    await sleep(1000);
    expect(seen.frames.length - length).toBeGreaterThan(20);
    expect(seen.ends).toBe(0);
    expect(seen.faults).toEqual([]);
    expect(seen.counters?.packetsLost).toBe(0);
  });

  it('get one clear sentence for a bad offer, and leave nothing behind', async () => {
    pool = await IngestPool.start({ ice: { host: '127.0.0.1' } });
    for (const [sdp, code] of [['', 'bad_sdp'], ['v=0\r\n', 'bad_sdp'], [offerSdp({ video: '' }), 'no_video'], [offerSdp().replaceAll(/VP8|VP9|H264|AV1/g, 'H263'), 'codec_not_supported']] as const) {
      const error = await pool.publish(sdp, { sessionKey: 'x' }).then(() => undefined, (caught: unknown) => caught);
      expect(error).toBeInstanceOf(WhipError);
      expect(error).toMatchObject({ code });
      expect((error as WhipError).message).toMatch(/^[^\n]{20,250}$/);
    }
    expect(pool.sessions).toBe(0);
  });
});

/** A connectivity check that nominates, by someone who has seen the user names but not the password. */
function bindingRequest(ufrag: string): Buffer {
  const name = Buffer.from(`${ufrag}:evil`);
  const padded = Buffer.concat([name, Buffer.alloc((4 - (name.length % 4)) % 4)]);
  const attributes = Buffer.concat([Buffer.of(0, 6, 0, name.length), padded, Buffer.of(0, 0x25, 0, 0), Buffer.of(0, 0x24, 0, 4, 0x7f, 0xff, 0xff, 0xff), Buffer.of(0x80, 0x2a, 0, 8), randomBytes(8), Buffer.of(0, 8, 0, 20), randomBytes(20)]);
  const header = Buffer.alloc(20);
  header.writeUInt16BE(1, 0);
  header.writeUInt16BE(attributes.length, 2);
  header.writeUInt32BE(0x2112a442, 4);
  randomBytes(12).copy(header, 8);
  return Buffer.concat([header, attributes]);
}
