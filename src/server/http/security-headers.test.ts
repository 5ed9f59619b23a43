import { Hono } from 'hono';
import { expect, it } from 'vitest';
import type { Guard } from './guard.js';
import { securityHeaders } from './security-headers.js';

const guard = { peer: () => ({ encrypted: false, host: 'localhost' }) } as unknown as Guard;

async function headers(ancestors: readonly string[]): Promise<Headers> {
  const app = new Hono().use(securityHeaders(guard, ancestors)).get('/', (context) => context.text(''));
  return (await app.request('/')).headers;
}

it('lets no page frame this one by default', async () => {
  const sent = await headers([]);
  expect(sent.get('content-security-policy')).toMatch(/frame-ancestors 'none'$/);
  expect(sent.get('x-frame-options')).toBe('DENY');
});

it('lets those that are named, and forbids frames in the page as before', async () => {
  const sent = await headers(['self', 'https://lab.example.org']);
  expect(sent.get('content-security-policy')).toMatch(/frame-src 'none'.*frame-ancestors 'self' https:\/\/lab\.example\.org$/);
  expect(sent.has('x-frame-options')).toBe(false);
});
