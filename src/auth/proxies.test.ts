import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { looksForwarded, Proxies } from './proxies.js';

const request = (remoteAddress: string, headers: Record<string, string>, encrypted = false): IncomingMessage =>
  ({
    socket: { remoteAddress, ...(encrypted ? { encrypted: true } : {}) },
    headers: { host: 'inner:8080', ...headers },
  }) as unknown as IncomingMessage;

const FORWARDED = {
  'x-forwarded-for': '6.6.6.6, 203.0.113.9, 10.0.0.2',
  'x-forwarded-proto': 'https',
  'x-forwarded-host': 'lab.example.org',
};

describe('Proxies', () => {
  it('believes nobody without a list', () => {
    expect(new Proxies([]).peer(request('127.0.0.1', FORWARDED))).toEqual({ address: '127.0.0.1', host: 'inner:8080', encrypted: false });
  });

  it('walks from the nearest hop to the first that is no trusted proxy, whatever the client claims to be', () => {
    const proxies = new Proxies(['loopback', '10.0.0.0/8']);
    expect(proxies.peer(request('::ffff:127.0.0.1', FORWARDED))).toEqual({
      address: '203.0.113.9',
      host: 'lab.example.org',
      encrypted: true,
    });
    expect(new Proxies(['loopback']).peer(request('127.0.0.1', FORWARDED))).toMatchObject({ address: '10.0.0.2' });
    expect(proxies.peer(request('198.51.100.1', FORWARDED))).toMatchObject({
      address: '198.51.100.1',
      host: 'inner:8080',
      encrypted: false,
    });
  });

  it('stops at what is no address', () => {
    expect(new Proxies(['loopback']).peer(request('::1', { 'x-forwarded-for': '1.2.3.4, <script>' }))).toMatchObject({ address: '::1' });
    expect(new Proxies(['loopback']).peer(request('::1', { 'x-forwarded-for': '[2001:db8::1]:4711' }))).toMatchObject({
      address: '2001:db8::1',
    });
  });

  it.each(['203.0.113.9:4711', '"203.0.113.9:4711"', '::ffff:203.0.113.9', '[::ffff:203.0.113.9]:80'])('reads %s, with its port', (hop) => {
    expect(new Proxies(['loopback']).peer(request('::1', { 'x-forwarded-for': hop }))).toMatchObject({ address: '203.0.113.9' });
  });

  it.each(['X-Real-IP', 'Via', 'CF-Connecting-IP', 'Forwarded', 'X-Forwarded-For', 'X-Forwarded-Proto', 'True-Client-IP'])(
    "takes %s for a proxy's mark",
    (name) => {
      expect(looksForwarded(request('127.0.0.1', { [name.toLowerCase()]: 'x' }))).toBe(true);
      expect(looksForwarded(request('127.0.0.1', { accept: 'x' }))).toBe(false);
    },
  );

  it('knows TLS of its own', () => {
    expect(new Proxies([]).peer(request('127.0.0.1', {}, true)).encrypted).toBe(true);
  });
});
