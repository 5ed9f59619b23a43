import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../config/mod.js';
import { advertisedUrl, toOpen } from './advertised.js';

const said: string[] = [];
const log = {
  info: () => {
    said.push('info');
  },
  warn: () => {
    said.push('warn');
  },
} as never;
const ask = (
  listening: string,
  local: string | undefined,
  bus: { advertise_url?: string; roles?: ('ingest' | 'api')[] } = {},
): Promise<string> =>
  advertisedUrl({
    listening,
    bus: { advertise_url: bus.advertise_url, roles: bus.roles ?? ['ingest'] },
    local: () => Promise.resolve(local),
    log,
  });

describe('advertisedUrl', () => {
  it.each([
    ['http://10.0.0.7:8080', undefined, 'http://10.0.0.7:8080'],
    ['http://0.0.0.0:8080', '10.0.0.7', 'http://10.0.0.7:8080'],
    ['https://0.0.0.0:8443', '10.0.0.7', 'https://10.0.0.7:8443'],
    ['http://[::]:8080', '10.0.0.7', 'http://10.0.0.7:8080'],
    ['http://[::]:8080', '::ffff:10.0.0.7', 'http://10.0.0.7:8080'],
    ['http://[::]:8080', '2001:db8::7', 'http://[2001:db8::7]:8080'],
    ['http://0.0.0.0:8080', '127.0.0.1', 'http://127.0.0.1:8080'],
  ])('of a process on %s whose line to NATS begins at %s is %s', async (listening, local, expected) => {
    expect(await ask(listening, local)).toBe(expected);
  });

  it('is what the settings say, first of all', async () => {
    expect(await ask('http://0.0.0.0:8080', undefined, { advertise_url: 'https://camera.example.org' })).toBe('https://camera.example.org');
  });

  it.each([
    ['http://0.0.0.0:8080', '2001:db8::7'],
    ['http://0.0.0.0:8080', undefined],
    ['http://[::]:8080', 'fe80::1%eth0'],
    ['http://[::]:8080', 'fe80::1'],
  ])('has to be said on %s where the line begins at %s', async (listening, local) => {
    const error: unknown = await ask(listening, local).catch((failed: unknown) => failed);
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as Error).message).toMatch(
      /^[^\n]*set bus\.advertise_url \(MELLM_BUS_ADVERTISE_URL\), e\.g\. http:\/\/10\.0\.0\.7:8080$/,
    );
    // Nobody is sent to a process that takes no publishers.
    expect(await ask(listening, local, { roles: ['api'] })).toBe(listening);
  });

  it('warns where it serves on this machine only', async () => {
    said.length = 0;
    await ask('http://0.0.0.0:8080', '127.0.0.1');
    await ask('http://0.0.0.0:8080', '10.0.0.7');
    await ask('http://127.0.0.1:8080', '10.0.0.7');
    expect(said).toEqual(['warn', 'info']);
  });
});

it('toOpen names an address that a browser can open', () => {
  expect(['http://0.0.0.0:8080', 'https://[::]:8443', 'http://10.0.0.7:8080', 'http://[::1]:80'].map(toOpen)).toEqual([
    'http://localhost:8080',
    'https://localhost:8443',
    'http://10.0.0.7:8080',
    'http://[::1]',
  ]);
});
