import type { Page } from 'playwright-core';

/** Adds to what the server tells of a face the same of a second one beside it, while it is turned on. To be called before the page is opened. */
export async function addSecondFace(page: Page): Promise<{ on: boolean }> {
  const second = { on: false };
  await page.routeWebSocket(/\/ws\?/, (near) => {
    const far = near.connectToServer();
    far.onMessage((message) => {
      near.send(message);
      if (!second.on) return;
      const event = JSON.parse(message.toString()) as { type: string; face?: string; unread?: { face: string }[] };
      if (event.type === 'track' || event.type === 'signal') near.send(JSON.stringify({ ...event, face: 'f99' }));
    });
  });
  return second;
}
