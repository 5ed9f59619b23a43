/// <reference lib="dom" />
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { IngestPool, type IngestOptions } from '../../src/ingest/mod.js';
import { collect, sleep, until, type Collected } from './collect.js';
import { encodeClip } from '../support/test-video.js';
import { startWhipServer, type WhipServer } from './whip-server.js';

const CHROMIUM = process.env['MELLM_CHROMIUM'] ?? '/usr/bin/chromium';
let folder = '';
let browser: Browser | undefined;
let pool: IngestPool | undefined;
let server: WhipServer | undefined;
let page: Page | undefined;
const seen: Collected[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mellm-camera-'));
  const camera = join(folder, 'camera.mjpeg');
  writeFileSync(camera, Buffer.concat(encodeClip({ codec: 'mjpeg', width: 640, height: 480, frames: 60 }).map(({ data }) => data)));
  browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
      `--use-file-for-fake-video-capture=${camera}`,
    ],
  });
});
afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});
afterEach(async () => {
  await page?.close();
  await server?.close();
  await pool?.close();
  seen.length = 0;
});

async function open(options: IngestOptions = {}): Promise<Page> {
  pool = await IngestPool.start(options);
  server = await startWhipServer(pool, ({ source }) => {
    seen.push(collect(source));
  });
  page = await (browser as Browser).newPage();
  await page.goto(server.url);
  return page;
}

/** What runs in the page. */
interface PublishOptions {
  readonly codec?: string;
  readonly trickle?: boolean;
  readonly audio?: boolean;
  readonly simulcast?: boolean;
}
async function publish(on: Page, options: PublishOptions = {}): Promise<number> {
  return on.evaluate(async ({ codec, trickle, audio, simulcast }) => {
    const stream = await navigator.mediaDevices.getUserMedia({ video: { width: 640, height: 480, frameRate: 30 }, audio: audio ?? false });
    const peer = new RTCPeerConnection();
    Object.assign(globalThis, { peer });
    for (const track of stream.getAudioTracks()) peer.addTransceiver(track, { direction: 'sendonly' });
    const [track] = stream.getVideoTracks();
    if (!track) throw new Error('no camera');
    const transceiver = peer.addTransceiver(track, {
      direction: 'sendonly',
      ...(simulcast ? { sendEncodings: [{ rid: 'l', scaleResolutionDownBy: 2 }, { rid: 'h' }] } : {}),
    });
    if (codec)
      transceiver.setCodecPreferences(
        (RTCRtpSender.getCapabilities('video')?.codecs ?? []).filter(({ mimeType }) => mimeType.toLowerCase() === `video/${codec}`),
      );
    const candidates: string[] = [];
    const gathered = new Promise<void>((resolve) => {
      peer.onicecandidate = ({ candidate }) => {
        if (candidate?.candidate) candidates.push(candidate.candidate);
        else if (!candidate) resolve();
      };
    });
    await peer.setLocalDescription(await peer.createOffer());
    const early = peer.localDescription?.sdp ?? '';
    if (!trickle) await gathered;
    const answer = await fetch('/whip', {
      method: 'POST',
      headers: { 'content-type': 'application/sdp' },
      body: trickle ? early : (peer.localDescription?.sdp ?? ''),
    });
    const sdp = await answer.text();
    if (answer.status !== 201) return answer.status;
    Object.assign(globalThis, { answer: sdp, etag: answer.headers.get('etag'), url: answer.headers.get('location') });
    await peer.setRemoteDescription({ type: 'answer', sdp });
    if (trickle) {
      await gathered;
      const body = `a=ice-ufrag:${/a=ice-ufrag:(.*)/.exec(early)?.[1] ?? ''}\r\na=ice-pwd:${/a=ice-pwd:(.*)/.exec(early)?.[1] ?? ''}\r\nm=video 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n${candidates.map((line) => `a=${line}\r\n`).join('')}a=end-of-candidates\r\n`;
      const patch = await fetch(answer.headers.get('location') ?? '', {
        method: 'PATCH',
        headers: { 'content-type': 'application/trickle-ice-sdpfrag', 'if-match': answer.headers.get('etag') ?? '' },
        body,
      });
      return patch.status;
    }
    return answer.status;
  }, options);
}

describe('Chromium as publisher', () => {
  it.each(['vp8', 'h264', 'vp9', 'av1'])('sends %s', async (codec) => {
    const on = await open();
    const status = await publish(on, { codec, audio: true });
    if (codec === 'h264' && status === 406) return; // a build without an H.264 encoder offers none
    expect(status).toBe(201);
    await until(() => (seen[0]?.frames.length ?? 0) >= 30, 'frames', 40_000);
    expect(seen[0]?.formats[0]?.codec).toBe(codec);
    expect(seen[0]?.faults).toEqual([]);
  });

  it("reaches its camera's size and keeps it", async () => {
    const on = await open();
    await publish(on, { audio: true });
    await until(() => seen[0]?.formats.at(-1)?.width === 640, '640 pixels', 30_000);
    const { length } = seen[0]?.frames ?? [];
    await sleep(2000);
    expect((seen[0]?.frames.length ?? 0) - length).toBeGreaterThan(20);
    expect(seen[0]?.counters?.packetsLost).toBe(0);
  });

  it('trickles by PATCH, and stops with DELETE', async () => {
    const on = await open();
    expect(await publish(on, { trickle: true })).toBe(204);
    await until(() => (seen[0]?.frames.length ?? 0) > 10, 'frames');
    expect(await on.evaluate(async () => (await fetch((globalThis as unknown as { url: string }).url, { method: 'DELETE' })).status)).toBe(
      200,
    );
    expect((await seen[0]?.ended)?.reason).toBe('deleted');
  });

  it('restarts ICE by PATCH without an end', async () => {
    const on = await open();
    await publish(on);
    await until(() => (seen[0]?.frames.length ?? 0) > 10, 'frames');
    const { status, changed } = await on.evaluate(async () => {
      const { peer, answer, etag, url } = globalThis as unknown as { peer: RTCPeerConnection; answer: string; etag: string; url: string };
      peer.restartIce();
      const gathered = new Promise<void>((resolve) => {
        peer.onicecandidate = ({ candidate }) => {
          if (!candidate) resolve();
        };
      });
      await peer.setLocalDescription(await peer.createOffer());
      await gathered;
      const lines = (peer.localDescription?.sdp ?? '').split('\r\n').filter((line) => /^a=(ice-ufrag|ice-pwd|candidate)/.test(line));
      const reply = await fetch(url, {
        method: 'PATCH',
        headers: { 'content-type': 'application/trickle-ice-sdpfrag', 'if-match': '*' },
        body: `${lines.join('\r\n')}\r\n`,
      });
      const fragment = await reply.text();
      const value = (text: string, name: string): string => new RegExp(`a=${name}:(.*)`).exec(text)?.[1]?.trim() ?? '';
      const candidates = fragment.split('\r\n').filter((line) => line.startsWith('a=candidate'));
      const sdp = answer
        .replaceAll(/a=candidate:.*\r\n/g, '')
        .replaceAll(value(answer, 'ice-ufrag'), value(fragment, 'ice-ufrag'))
        .replaceAll(value(answer, 'ice-pwd'), value(fragment, 'ice-pwd'))
        .replace('a=end-of-candidates', `${candidates.join('\r\n')}\r\na=end-of-candidates`);
      await peer.setRemoteDescription({ type: 'answer', sdp });
      return { status: reply.status, changed: reply.headers.get('etag') !== etag };
    });
    expect({ status, changed }).toEqual({ status: 200, changed: true });
    const { length } = seen[0]?.frames ?? [];
    await sleep(6000); // the old credentials' consent would not last for ever
    expect((seen[0]?.frames.length ?? 0) - length).toBeGreaterThan(60);
    expect(await on.evaluate(() => (globalThis as unknown as { peer: RTCPeerConnection }).peer.iceConnectionState)).toMatch(
      /connected|completed/,
    );
    expect(seen[0]?.ends).toBe(0);
  });

  it('is answered with one layer when it offers simulcast', async () => {
    const on = await open();
    expect(await publish(on, { simulcast: true, codec: 'vp8' })).toBe(201);
    await until(() => (seen[0]?.frames.length ?? 0) > 20, 'frames');
    // The first is the smaller one here: whoever watches must know.
    expect(seen[0]?.faults).toEqual([expect.stringContaining('simulcast_off')]);
  });

  it.each([
    [0.01, 0],
    [0.05, 2],
  ])('at a packet loss of %f loses at most %i packets for good', async (simulatedLoss, lost) => {
    const on = await open({ simulatedLoss });
    await publish(on); // with RTX, as every page offers it
    await until(() => (seen[0]?.frames.length ?? 0) >= 200, '200 frames', 40_000);
    // At 5 % a packet, its repeat and the repeat of that are all lost once in 8000.
    expect(seen[0]?.counters?.packetsLost).toBeLessThanOrEqual(lost);
    expect(seen[0]?.faults).toEqual([]);
  });

  it('closes its connection, and the session ends', async () => {
    const on = await open({ mediaTimeout: 4000 });
    await publish(on);
    await until(() => (seen[0]?.frames.length ?? 0) > 10, 'frames');
    await on.evaluate(() => {
      (globalThis as unknown as { peer: RTCPeerConnection }).peer.close();
    });
    expect((await seen[0]?.ended)?.reason).toMatch(/ended|timeout/);
    expect(pool?.sessions).toBe(0);
  });
});
