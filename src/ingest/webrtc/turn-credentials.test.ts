import { createHmac } from 'node:crypto';
import { expect, it } from 'vitest';
import { withCredentials } from './turn-credentials.js';

it('makes credentials that expire of a shared secret, others for each publisher, and never tells the secret', () => {
  const now = Date.UTC(2026, 0, 1);
  const server = { urls: 'turn:turn.example.org', secret: 'a-shared-secret', ttl: 600 };
  const [first, second] = [withCredentials(server, now), withCredentials(server, now)];
  expect(first.username).toMatch(new RegExp(`^${String(now / 1000 + 600)}:[0-9a-f]{12}$`));
  expect(first.credential).toBe(
    createHmac('sha1', 'a-shared-secret')
      .update(first.username ?? '')
      .digest('base64'),
  );
  expect(second.username).not.toBe(first.username);
  expect(JSON.stringify(first)).not.toContain('a-shared-secret');
  expect(Number(withCredentials({ urls: 'turn:a', secret: 's' }, now).username?.split(':')[0])).toBe(now / 1000 + 86_400);
});

it('leaves a server without a secret as it is', () => {
  expect(withCredentials({ urls: 'turn:a', username: 'u', credential: 'c' })).toEqual({ urls: 'turn:a', username: 'u', credential: 'c' });
});
