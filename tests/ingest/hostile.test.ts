import { createSocket, type Socket } from 'node:dgram';
import { randomBytes } from 'node:crypto';
import { DtlsClient } from 'werift';
import { afterEach, describe, expect, it } from 'vitest';
import { IngestPool, WhipError, type IngestOptions } from '../../src/ingest/mod.js';
import { bindingRequest, bindingResponse, clientHello, extensionBomb, goodbyes, strayRtcp, strayRtp } from './attacks.js';
import { collect, gapsOf, sleep, type Collected, until } from './collect.js';
import { offerSdp } from '../support/offer-example.js';
import { mediaPort, Relay } from './relay.js';
import { RtpPublisher, type PublisherOptions } from '../support/rtp-publisher.js';
import { encodeClip, type ClipOptions, type EncodedFrame } from '../support/test-video.js';

let pool: IngestPool | undefined;
const publishers: RtpPublisher[] = [];
const relays: Relay[] = [];
const sockets: Socket[] = [];
afterEach(async () => {
  for (const publisher of publishers.splice(0)) publisher.close();
  for (const relay of relays.splice(0)) relay.close();
  await pool?.close();
  for (const socket of sockets.splice(0)) socket.close();
});

const clips = new Map<string, EncodedFrame[]>();
function clip(codec: ClipOptions['codec'] = 'libvpx', width = 320, height = 240): EncodedFrame[] {
  const key = `${codec} ${String(width)}`;
  const made = clips.get(key) ?? encodeClip({ codec, width, height, frames: 30, gop: 15 });
  clips.set(key, made);
  return made;
}

interface Session {
  readonly publisher: RtpPublisher;
  readonly seen: Collected;
  readonly answer: string;
  readonly relay: Relay | undefined;
}

/** A publisher whose frames come; with `relayed`, by way of a man in the middle. */
async function session(
  to: IngestPool,
  { relayed = false, passive = true, ...options }: Partial<PublisherOptions> & { relayed?: boolean; passive?: boolean } = {},
): Promise<Session> {
  const publisher = new RtpPublisher({ codec: 'VP8', clip: clip(), trickle: relayed, ...options });
  publishers.push(publisher);
  const offer = await publisher.offer();
  // `passive`: we are the DTLS server, as with everyone who leaves it to us; the role in which werift would take anybody's ClientHello.
  const publication = await to.publish(passive ? offer : offer.replaceAll('a=setup:actpass', 'a=setup:passive'), { sessionKey: 'test' });
  const seen = collect(publication.source);
  const between = relayed ? await Relay.before(publication.answer) : undefined;
  if (between) relays.push(between.relay);
  publisher.answer(between?.answer ?? publication.answer);
  publisher.start();
  await until(() => seen.frames.length > 20, 'frames');
  return { publisher, seen, answer: publication.answer, relay: between?.relay };
}

async function start(options: IngestOptions = {}): Promise<IngestPool> {
  pool = await IngestPool.start({ ...options, ice: { host: '127.0.0.1', ...options.ice } });
  return pool;
}

/** As many frames come as are sent meanwhile, but for a few under way, or late on a busy machine; nothing ends or fails. */
async function unharmed({ publisher, seen }: Session, frames = 60): Promise<void> {
  const before = { sent: publisher.sent, seen: seen.frames.length, lost: seen.counters?.packetsLost ?? 0 };
  await until(() => publisher.sent - before.sent >= frames, 'frames to be sent');
  await until(() => seen.frames.length - before.seen >= frames - 3, 'frames to come through', 5000);
  expect(seen.ends).toBe(0);
  expect(seen.faults).toEqual([]);
  expect((seen.counters?.packetsLost ?? 0) - before.lost).toBeLessThanOrEqual(3);
}

function socketTo(port: number): { readonly send: (data: Buffer) => void; onData: (data: Buffer) => void } {
  const socket = createSocket('udp4');
  sockets.push(socket);
  const made: ReturnType<typeof socketTo> = {
    send: (data) => {
      socket.send(data, port, '127.0.0.1');
    },
    onData: () => undefined,
  };
  socket.on('message', (data) => {
    made.onData(data);
  });
  return made;
}

describe('strangers', () => {
  it.each([false, true])("can't disturb a session by DTLS, STUN or noise on its port (ICE-lite %s)", async (iceLite) => {
    const to = await start({ ice: { iceLite } });
    const [victim, other] = [await session(to, { passive: true }), await session(to)];
    expect(victim.answer).toContain('a=setup:passive');
    const port = mediaPort(victim.answer);
    const ufrag = /a=ice-ufrag:(.*)\r/.exec(victim.answer)?.[1] ?? '';
    const { send } = socketTo(port);
    const dtls = socketTo(port);
    const client = new DtlsClient({
      transport: {
        type: 'udp',
        address: { address: '127.0.0.1', port, family: 'IPv4' },
        closed: false,
        close: () => Promise.resolve(),
        send: (data: Buffer) => {
          dtls.send(data);
          return Promise.resolve();
        },
        set onData(handler: (data: Buffer, address: readonly [string, number]) => void) {
          dtls.onData = (data) => {
            handler(data, ['127.0.0.1', port]);
          };
        },
        get onData() {
          return () => undefined;
        },
      },
      srtpProfiles: [1],
    });
    void client.connect().catch(() => undefined);
    for (let shot = 0; shot < 300; shot++) {
      for (const data of [
        bindingRequest(ufrag),
        bindingResponse(),
        strayRtp(),
        strayRtcp(),
        extensionBomb(),
        clientHello(),
        randomBytes(1 + (shot % 200)),
      ])
        send(data);
      for (const data of goodbyes()) send(data);
      if (shot % 30 === 0) await sleep(20);
    }
    await Promise.all([unharmed(victim), unharmed(other)]);
  });

  it("can't use what they recorded", async () => {
    const to = await start({ ice: { iceLite: true } });
    const victim = await session(to, { relayed: true });
    const { send } = socketTo(mediaPort(victim.answer));
    // Connectivity checks are authentic wherever they come from; what follows them is sealed, but was seen before.
    for (const data of victim.relay?.recorded ?? []) send(data);
    for (const data of [clientHello(), ...goodbyes(), extensionBomb()]) send(data);
    await unharmed(victim);
  });

  it("flood a session's port with 20 000 packets a second, and nobody misses a frame", async () => {
    const to = await start();
    const [victim, other] = [await session(to), await session(to)];
    const { send } = socketTo(mediaPort(victim.answer));
    const packets = [
      clientHello(),
      strayRtp(),
      strayRtcp(),
      bindingRequest('nobody'),
      bindingResponse(),
      extensionBomb(),
      randomBytes(900),
    ];
    const sent = { victim: victim.publisher.sent, other: other.publisher.sent };
    const seen = { victim: victim.seen.frames.length, other: other.seen.frames.length };
    let shots = 0;
    // By the packets' count, not the clock's: a slow machine floods slower.
    const flood = setInterval(() => {
      for (let shot = 0; shot < 100; shot++) send(packets[shots++ % packets.length] ?? Buffer.alloc(1));
    }, 5);
    await until(() => shots >= 60_000, 'the flood to be over', 60_000);
    clearInterval(flood);
    const due = { victim: victim.publisher.sent - sent.victim, other: other.publisher.sent - sent.other };
    const came = { victim: victim.seen.frames.length - seen.victim, other: other.seen.frames.length - seen.other };
    // All of them on a machine with nothing else to do; where a test shares it, a thread may sleep for longer than a socket can hold.
    expect(came.other).toBeGreaterThanOrEqual(due.other * 0.95 - 3);
    expect(came.victim).toBeGreaterThanOrEqual(due.victim * 0.8 - 3);
    expect(other.seen.ends + victim.seen.ends).toBe(0);
    await Promise.all([unharmed(other), unharmed(victim)]);
  });

  it('get one clear sentence for a bad offer, and leave nothing behind', async () => {
    const to = await start();
    const long = `m=video 9 UDP/TLS/RTP/SAVPF ${'96 '.repeat(5000)}\r\n${'a=rtpmap:96 VP8/90000\r\n'.repeat(2000)}`;
    for (const [sdp, code] of [
      ['', 'bad_sdp'],
      ['v=0\r\n', 'bad_sdp'],
      [offerSdp({ video: '' }), 'no_video'],
      [offerSdp({ video: long }), 'bad_sdp'],
      [offerSdp().replaceAll(/VP8|VP9|H264|AV1/g, 'H263'), 'codec_not_supported'],
    ] as const) {
      const error = await to.publish(sdp, { sessionKey: 'x' }).then(
        () => undefined,
        (caught: unknown) => caught,
      );
      expect(error).toBeInstanceOf(WhipError);
      expect(error).toMatchObject({ code });
      expect((error as WhipError).message).toMatch(/^[^\n]{20,250}$/);
    }
    expect(to.sessions).toBe(0);
  });
});

describe("from the publisher's own address", () => {
  it.each([false, true])('forged goodbyes, hellos, fragments and bombs change nothing (we are the DTLS server: %s)', async (passive) => {
    const to = await start();
    const [victim, other] = [await session(to, { relayed: true, passive }), await session(to)];
    expect(victim.answer).toContain(passive ? 'a=setup:passive' : 'a=setup:active');
    for (let shot = 0; shot < 200; shot++) {
      for (const data of [
        clientHello(),
        clientHello(true),
        extensionBomb(),
        extensionBomb(0x4000),
        strayRtp(),
        strayRtcp(),
        bindingResponse(),
        randomBytes(1 + shot),
        ...goodbyes(),
      ])
        victim.relay?.inject(data);
      if (shot % 20 === 0) await sleep(20);
    }
    await Promise.all([unharmed(victim), unharmed(other)]);
  });

  it('packets sent again and again count once', async () => {
    const to = await start();
    const victim = await session(to, { relayed: true });
    for (let time = 0; time < 5; time++) {
      for (const data of victim.relay?.recorded.filter(({ 0: first = 0 }) => first >= 128) ?? []) victim.relay?.inject(data);
      await sleep(50);
    }
    await unharmed(victim);
    expect(victim.seen.frames.map(({ index }) => index)).toEqual(victim.seen.frames.map((_, index) => index));
    expect(gapsOf(victim.seen)).toBe(0);
  });

  it('silence in between, then a forged goodbye, is no end', async () => {
    const to = await start();
    const victim = await session(to, { relayed: true });
    if (victim.relay) victim.relay.forwards = false;
    for (const data of goodbyes()) victim.relay?.inject(data);
    await sleep(500);
    if (victim.relay) victim.relay.forwards = true;
    const { length } = victim.seen.frames;
    await until(() => victim.seen.frames.length > length + 30, 'frames after the silence');
    expect(victim.seen.ends).toBe(0);
  });
});

describe('a publisher that goes mad', () => {
  it('changes source, size and codec over and over: it is followed, and the other is not disturbed', async () => {
    const to = await start();
    const [mad, other] = [await session(to, { also: 'VP9' }), await session(to)];
    const before = mad.seen.formats.length;
    for (let turn = 0; turn < 6; turn++) {
      if (turn % 3 === 0) mad.publisher.newSource();
      if (turn % 3 === 1) mad.publisher.switchClip(turn === 1 ? clip('libvpx', 160, 120) : clip('libvpx-vp9', 640, 480));
      if (turn % 3 === 2) mad.publisher.switchCodec(turn === 2 ? clip('libvpx-vp9') : clip());
      const { length } = mad.seen.frames;
      await until(() => mad.seen.frames.length > length + 20, `frames after turn ${String(turn)}`);
    }
    // VP8 of 160x120, VP9 of 320x240 and of 640x480, VP8 of 320x240.
    expect(mad.seen.formats.length - before).toBeGreaterThanOrEqual(3);
    expect(mad.seen.formats.some(({ codec }) => codec === 'vp9')).toBe(true);
    expect(mad.seen.ends).toBe(0);
    await unharmed(other);
  });

  it.each([
    ['VP8', 'libvpx'],
    ['H264', 'libx264'],
  ] as const)(
    'truncates its %s, lies about padding and claims giant pictures: it recovers, and the other is not disturbed',
    async (codec, encoder) => {
      const to = await start();
      const honest = clip(encoder);
      const [mad, other] = [await session(to, { codec, clip: honest }), await session(to)];
      const giant = Buffer.from('501200 9d012a ff3f ff3f 0000000000000000'.replaceAll(' ', ''), 'hex'); // VP8, 16383 x 16383
      mad.publisher.switchClip(
        honest.map(({ data, keyframe }, at) => ({
          data: at % 3 === 0 && codec === 'VP8' ? giant : data.subarray(0, 11 + Math.floor((data.length * (at % 7)) / 8)),
          keyframe,
        })),
      );
      for (let shot = 0; shot < 100; shot++) {
        mad.publisher.sendOdd(Buffer.concat([randomBytes(30), Buffer.of([0, 31, 255, 200][shot % 4] ?? 0)]), 0xa0);
        mad.publisher.sendOdd(randomBytes(shot));
        await sleep(10);
      }
      await unharmed(other);
      mad.publisher.switchClip(honest);
      const { length } = mad.seen.frames;
      await until(() => mad.seen.frames.length > length + 30, 'honest frames again');
      expect(mad.seen.ends).toBe(0);
      expect(mad.seen.formats.every(({ width, height }) => width <= 1920 && height <= 1920)).toBe(true);
    },
  );
});
