import { createServer, connect, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { launch, noBrowser, openPage, SEEING, shownCards, shownCondition } from '../support/browser.js';
import { RealServer } from '../support/real-server.js';

/** A TCP relay whose lines can be cut, as a network does. */
class Relay {
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  /** False: new lines are refused. */
  open = true;

  constructor(port: number) {
    this.#server = createServer((near) => {
      if (!this.open) {
        near.destroy();
        return;
      }
      const far = connect(port, '127.0.0.1');
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(one);
        one
          .on('error', () => {
            other.destroy();
          })
          .on('close', () => {
            this.#sockets.delete(one);
            other.destroy();
          });
        one.pipe(other);
      }
    });
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => {
      this.#server.listen(0, '127.0.0.1', resolve);
    });
    return (this.#server.address() as AddressInfo).port;
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  close(): void {
    this.cut();
    this.#server.close();
  }
}

describe.skipIf(noBrowser !== undefined)('when things go wrong', () => {
  let server: RealServer;
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch('pattern');
  });
  afterAll(async () => {
    await browser.close();
  });
  afterEach(async () => {
    await server.stop();
  });

  it('a page publishes again after the server was killed and came back', async () => {
    server = await RealServer.start();
    const port = Number(new URL(server.url).port);
    const { page } = await openPage(browser, server.url);
    await page.getByRole('button', { name: 'Try the sample' }).click();
    await expect.poll(() => shownCondition(page), { timeout: 30_000 }).toBeOneOf(SEEING);
    await server.stop('SIGKILL');
    await expect.poll(() => shownCondition(page), { timeout: 20_000 }).toBe('reconnecting');
    server = await RealServer.start(port);
    await expect.poll(() => shownCondition(page), { timeout: 60_000 }).toBeOneOf(SEEING);
    await page.context().close();
  });

  it('mends a broken media path by an ICE restart within the same session', async () => {
    server = await RealServer.start();
    const { page } = await openPage(browser, 'about:blank');
    // A real path does not break on request: the connection is told to look failed, what follows is real.
    await page.addInitScript(`{
      const Real = RTCPeerConnection;
      window.RTCPeerConnection = class extends Real { constructor(...args) { super(...args); window.lastPeer = this; } };
    }`);
    await page.goto(server.url);
    await page.getByRole('button', { name: 'Try the sample' }).click();
    await expect.poll(() => shownCondition(page), { timeout: 30_000 }).toBeOneOf(SEEING);
    const session = await page.locator('.session-tools code').textContent();
    const fragment = (): Promise<string> => page.evaluate<string>('window.lastPeer.remoteDescription.sdp.match(/ice-ufrag:(.*)/)[1]');
    const before = await fragment();
    const [patch] = await Promise.all([
      page.waitForResponse((response) => response.request().method() === 'PATCH' && response.status() === 200, { timeout: 15_000 }),
      page.evaluate(`{
        const peer = window.lastPeer;
        Object.defineProperty(peer, 'connectionState', { get: () => 'failed', configurable: true });
        peer.onconnectionstatechange();
        delete peer.connectionState;
      }`),
    ]);
    expect(patch.headers()['content-type']).toContain('sdpfrag');
    await expect.poll(fragment, { timeout: 10_000 }).not.toBe(before);
    await expect.poll(() => shownCondition(page), { timeout: 30_000 }).toBeOneOf(SEEING);
    expect(await page.locator('.session-tools code').textContent()).toBe(session);
    expect(await server.metric('mellm_sessions_active')).toBe(1);
    await page.context().close();
  });

  it('a watcher whose line is cut misses no alert and sees none twice', async () => {
    server = await RealServer.start();
    const relay = new Relay(Number(new URL(server.url).port));
    const base = `http://127.0.0.1:${String(await relay.listen())}`;
    const publisher = await openPage(browser, server.url);
    await publisher.page.getByRole('button', { name: 'Try the sample' }).click();
    await expect.poll(() => shownCondition(publisher.page), { timeout: 30_000 }).toBeOneOf(SEEING);
    const session = (await publisher.page.locator('.session-tools code').textContent()) ?? '';
    const { page } = await openPage(browser, `${base}/watch?session=${session}`);
    await expect.poll(() => shownCondition(page), { timeout: 20_000 }).toBeOneOf(SEEING);
    await expect.poll(async () => (await shownCards(page)).length, { timeout: 60_000 }).toBeGreaterThan(0);
    relay.open = false;
    relay.cut();
    await expect.poll(() => shownCondition(page), { timeout: 10_000 }).toBe('reconnecting');
    const seen = (await shownCards(page)).length;
    await expect.poll(async () => (await shownCards(publisher.page)).length, { timeout: 60_000 }).toBeGreaterThan(seen);
    relay.open = true;
    await expect.poll(() => shownCondition(page), { timeout: 30_000 }).toBeOneOf(SEEING);
    const identify = async (where: typeof page): Promise<string[]> =>
      (await shownCards(where)).map(({ onset, apex }) => `${String(onset)} ${String(apex)}`);
    await publisher.page.getByRole('button', { name: 'Stop' }).click();
    await expect.poll(() => shownCondition(page), { timeout: 15_000 }).toBe('ended');
    await expect.poll(async () => (await identify(page)).sort(), { timeout: 10_000 }).toEqual((await identify(publisher.page)).sort());
    relay.close();
    await page.context().close();
    await publisher.page.context().close();
  }, 240_000);

  it("tells that the server is full, in the server's words, and that there is no face", async () => {
    server = await RealServer.start(0, ['--max-sessions', '1']);
    const first = await openPage(browser, server.url);
    await first.page.getByRole('button', { name: 'Start camera' }).click();
    await expect.poll(() => shownCondition(first.page), { timeout: 30_000 }).toBe('no_face');
    const second = await openPage(browser, server.url);
    await second.page.getByRole('button', { name: 'Try the sample' }).click();
    await expect.poll(() => shownCondition(second.page), { timeout: 15_000 }).toBe('reconnecting');
    expect(await second.page.locator('.condition').textContent()).toContain('the server is full');
    await first.page.context().close();
    await second.page.context().close();
  });

  it('says what to do where the camera is not allowed', async () => {
    server = await RealServer.start();
    const plain = await launch();
    const { page } = await openPage(plain, server.url);
    await page.getByRole('button', { name: 'Start camera' }).click();
    await expect
      .poll(() => page.locator('.source .problem').allTextContents(), { timeout: 15_000 })
      .toEqual([expect.stringMatching(/camera/)]);
    expect(await shownCondition(page)).toBe('idle');
    await plain.close();
  });
});
