import { describe, expect, it } from 'vitest';
import { hostIsExpected, hostIsLocal, originAllowed } from './origins.js';

describe('originAllowed', () => {
  it.each([
    [undefined, 'lab.example.org', true],
    ['https://lab.example.org', 'lab.example.org', true],
    ['https://lab.example.org', 'lab.example.org:443', true],
    ['http://127.0.0.1:8080', '127.0.0.1:8080', true],
    ['http://127.0.0.1:5173', '127.0.0.1:8080', false],
    ['https://evil.example', 'lab.example.org', false],
    ['https://lab.example.org.evil.example', 'lab.example.org', false],
    ['https://listed.example', 'lab.example.org', true],
    ['http://listed.example', 'lab.example.org', false],
    ['null', 'lab.example.org', false],
    ['', 'lab.example.org', false],
    ['https://lab.example.org', undefined, false],
  ])('%j at %j: %j', (origin, host, allowed) => {
    expect(originAllowed(origin, host, ['https://listed.example'])).toBe(allowed);
  });
});

describe('hostIsLocal', () => {
  it.each([
    ['localhost:8080', true],
    ['127.0.0.1:8080', true],
    ['[::1]:8080', true],
    ['127.9.9.9', true],
    ['mellm.localhost', true],
    [undefined, true],
    ['evil.example:8080', false],
    ['localhost.evil.example', false],
    ['192.168.0.4:8080', false],
    ['', false],
    ['::::', false],
  ])('%j: %j', (host, local) => {
    expect(hostIsLocal(host)).toBe(local);
  });
});

describe('hostIsExpected', () => {
  it.each([
    ['localhost:8080', true],
    ['192.168.0.4:8080', true],
    ['[2001:db8::1]:8080', true],
    ['lab.example.org', true],
    ['LAB.example.org:8080', true],
    ['mellm.localhost', true],
    ['rebound.evil.example', false],
    ['192.168.0.4.evil.example', false],
    ['lab.example.org.evil.example', false],
    ['', false],
  ])('%j: %j', (host, expected) => {
    expect(hostIsExpected(host, ['Lab.example.org'])).toBe(expected);
  });
});
