import { describe, expect, it } from 'vitest';
import { checkExposure, isLoopback } from './exposure.js';

const check = (host: string, others: Partial<Parameters<typeof checkExposure>[0]> = {}): Promise<void> =>
  checkExposure({ host, authenticated: false, insecure: false, proxied: false, ...others });

describe('checkExposure', () => {
  it.each(['127.0.0.1', '127.1.2.3', '::1', 'localhost'])('lets %s be', async (host) => {
    await expect(check(host)).resolves.toBeUndefined();
  });

  it.each(['0.0.0.0', '::', '192.168.1.5', '2001:db8::1', 'no-such-host.invalid'])(
    'refuses %s without tokens, and says what to do',
    async (host) => {
      await expect(check(host)).rejects.toThrow(/--tokens-file.*--insecure/);
      await expect(check(host, { authenticated: true })).resolves.toBeUndefined();
      await expect(check(host, { insecure: true })).resolves.toBeUndefined();
    },
  );

  it('refuses a proxy in front without tokens', async () => {
    await expect(check('127.0.0.1', { proxied: true })).rejects.toThrow(/trusted_proxies/);
  });
});

describe('isLoopback', () => {
  it.each([
    ['127.0.0.1', true],
    ['::1', true],
    ['::ffff:127.0.0.1', true],
    ['10.0.0.1', false],
    ['::', false],
    ['localhost', false],
  ])('%s: %s', (address, is) => {
    expect(isLoopback(address)).toBe(is);
  });
});
