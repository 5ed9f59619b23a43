import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { eventSchema, type Event } from '../../src/events/mod.js';
import { ReplayPublisher } from '../../lab/bench/replay-publisher.js';
import { sampleClip } from '../../lab/bench/sample.js';
import type { MellmServer } from '../../src/server/mod.js';
import { createLogger } from '../../src/telemetry/mod.js';
import { RtpPublisher } from '../support/rtp-publisher.js';
import { encodeClip, type EncodedFrame } from '../support/test-video.js';
import { startServer } from '../support/start-server.js';

/** Publishers who try to fill the store, the log and everyone's replay with durable events. */

const HONEST = 'honest-token-0123456789';
const FLOODERS = ['flooder-token-0123456789', 'another-token-0123456789'];

let server: MellmServer;
let folder: string;
const log: string[] = [];
const floods: RtpPublisher[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mellm-flood-'));
  server = await startServer(
    {
      server: { max_sessions: 8 },
      store: { path: folder },
      auth: { tokens: [`${HONEST} publish+watch+metrics`, ...FLOODERS.map((token) => `${token} publish`)] },
    },
    createLogger('info', {
      write: (line: string) => {
        log.push(line);
      },
    }),
  );
});
afterEach(() => {
  for (const flood of floods.splice(0)) flood.close();
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** 30 bytes that begin like a VP8 keyframe of 64x64 (RFC 6386 section 9.1) whose first partition would be longer than all of it. */
const brokenKeyframe: EncodedFrame = {
  keyframe: true,
  data: Buffer.concat([Buffer.of(0x10, 0xff, 0x7f, 0x9d, 0x01, 0x2a, 64, 0, 64, 0), Buffer.alloc(20, 0xa5)]),
};

/** A keyframe of another size each time. */
const restlessClip = (): EncodedFrame[] =>
  [
    [320, 240],
    [336, 240],
    [320, 256],
    [352, 240],
  ].flatMap(([width, height]) => encodeClip({ codec: 'libvpx', width: width ?? 0, height: height ?? 0, frames: 1 }));

interface Heard {
  readonly at: number;
  readonly event: Event & { readonly seq: number };
}

/** Hears the durable events of all sessions. */
async function listen(): Promise<{ heard: Heard[]; close: () => void }> {
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/ws`, [
    'mellm.v1',
    `bearer.${Buffer.from(HONEST).toString('base64url')}`,
  ]);
  const heard: Heard[] = [];
  socket.on('message', (data) => {
    const event = eventSchema.parse(JSON.parse((data as Buffer).toString()));
    if ('seq' in event) heard.push({ at: performance.now(), event });
  });
  await new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  return {
    heard,
    close: () => {
      socket.close();
    },
  };
}

/** Publishes, or says why not. */
async function flood(clip: readonly EncodedFrame[], token: string): Promise<number> {
  const publisher = new RtpPublisher({ codec: 'VP8', clip, fps: 200, repeats: false });
  floods.push(publisher);
  const response = await fetch(`${server.url}/whip`, {
    method: 'POST',
    headers: { 'content-type': 'application/sdp', authorization: `Bearer ${token}` },
    body: await publisher.offer(),
  });
  if (response.status !== 201) return response.status;
  publisher.answer(await response.text());
  publisher.start();
  return 201;
}

const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

/** The most events within any second. */
const busiest = (heard: readonly Heard[]): number =>
  Math.max(0, ...heard.map(({ at }) => heard.filter((other) => other.at >= at && other.at < at + 1000).length));

describe('a flood of durable events', () => {
  it.each([
    ['broken keyframes', () => [brokenKeyframe], 'decode_failed', FLOODERS[0] ?? ''],
    ['a size that changes with every frame', restlessClip, 'format_changed', FLOODERS[1] ?? ''],
  ])(
    'of %s: five a second at most, an end with its reason, and nothing lost of the others',
    async (_what, clip, code, token) => {
      const honest = await ReplayPublisher.start({ server: server.url, file: sampleClip(), name: 'honest', token: HONEST });
      const { heard, close } = await listen();
      await expect
        .poll(() => heard.some(({ event }) => event.session === honest.session && event.type === 'session.started'), { timeout: 20_000 })
        .toBe(true);
      const frames = honest.framesSent;
      const lines = log.length;
      const begun = performance.now();
      const answers: number[] = [];
      // As a flooder would: again as soon as it is thrown out.
      while (performance.now() - begun < 12_000) {
        answers.push(await flood(clip(), token));
        await sleep(answers.at(-1) === 201 ? 2500 : 500);
      }
      await sleep(500);
      close();
      const flooded = heard.filter(({ event }) => event.session !== honest.session);
      expect(flooded.length).toBeGreaterThan(3);
      expect(busiest(flooded)).toBeLessThanOrEqual(5);
      expect(flooded.filter(({ event }) => event.type === 'error' && event.code === code).length).toBeGreaterThan(0);
      expect(flooded.find(({ event }) => event.type === 'session.ended')?.event).toMatchObject({ reason: 'faulty_video' });
      expect(flooded.find(({ event }) => event.type === 'error' && event.code === 'faulty_video')?.event).toMatchObject({
        message: expect.stringMatching(/events suppressed/) as string,
      });
      expect(answers).toContain(429);
      // A line a fault, and one each for the start and the end of a session.
      expect(log.length - lines).toBeLessThanOrEqual(heard.length + 5);
      // The honest one goes on, and all of it is stored.
      expect(honest.framesSent).toBeGreaterThan(frames + 100);
      expect(server.sessions.get(honest.session)).toBeDefined();
      const told = heard.filter(({ event }) => event.session === honest.session).map(({ event }) => event.seq);
      expect(told).toEqual(told.map((_, i) => (told[0] ?? 0) + i));
      expect(heard.filter(({ event }) => event.session === honest.session && event.type === 'error')).toEqual([]);
      await honest.close();
      const metrics = await (await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${HONEST}` } })).text();
      expect(Number(new RegExp(`mellm_events_suppressed_total\\{code="${code}"\\} (\\d+)`).exec(metrics)?.[1])).toBeGreaterThan(10);
    },
    90_000,
  );
});
