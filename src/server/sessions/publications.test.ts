import { createHmac } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { SessionQuota } from './session-quota.js';
import { PublisherQuota } from './publisher-quota.js';
import { Publications, type PublicationsOptions } from './publications.js';
import type { Sessions } from './sessions.js';

function publications(findable: Sessions['findable'], iceServers: PublicationsOptions['iceServers'] = []): Publications {
  let count = 0;
  return new Publications({
    sessions: {
      newId: () => `s${String(++count)}`,
      reserve: () => () => undefined,
      refusalProblem: undefined,
      start: () => ({ running: { ended: new Promise(() => undefined) } }),
      findable,
    } as unknown as Sessions,
    held: new SessionQuota(),
    quota: new PublisherQuota({ pending: 4 }),
    ingest: { publish: () => Promise.resolve({ answer: 'v=0', etag: '"1"', source: {} } as never) },
    iceServers,
  });
}

it('answers a publisher only when its session can be found, since a viewer follows at once', async () => {
  const steps: string[] = [];
  await publications(async (id) => {
    await pause(20);
    steps.push(`findable ${id}`);
  }).begin({ key: 'a', offer: 'v=0' });
  expect(steps).toEqual(['findable s1']);
});

it('tells each publisher credentials of its own, which expire, where a TURN server shares a secret', async () => {
  const published = publications(
    () => Promise.resolve(),
    [{ urls: 'stun:stun.example.org' }, { urls: 'turn:turn.example.org', secret: 'shared-secret', ttl: 600 }],
  );
  const told = await Promise.all(['a', 'b'].map(async (key) => (await published.begin({ key, offer: 'v=0' })).links));
  const names = told.map(([stun, turn]) => {
    expect(stun).toBe('<stun:stun.example.org>; rel="ice-server"');
    const [, username = '', credential] = /username="([^"]+)"; credential="([^"]+)"/.exec(turn ?? '') ?? [];
    expect(credential).toBe(createHmac('sha1', 'shared-secret').update(username).digest('base64'));
    expect(Number(username.split(':')[0]) - Date.now() / 1000).toBeGreaterThan(590);
    return username;
  });
  expect(new Set(names).size).toBe(2);
  expect(told.flat().join()).not.toContain('shared-secret');
});
