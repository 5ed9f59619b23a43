import type { NetworkInterfaceInfo } from 'node:os';
import { describe, expect, it } from 'vitest';
import { hostCandidates, remoteCandidate } from './candidates.js';
import { agentServers } from './ice-servers.js';
import { localAddresses } from './local-addresses.js';

const entry = (address: string, internal = false): NetworkInterfaceInfo =>
  address.includes(':')
    ? { address, netmask: '', mac: '', internal, cidr: null, family: 'IPv6', scopeid: 0 }
    : { address, netmask: '', mac: '', internal, cidr: null, family: 'IPv4' };
const interfaces = {
  lo: [entry('127.0.0.1', true), entry('::1', true)],
  eth0: [entry('192.0.2.7'), entry('2001:db8::7'), entry('fe80::1'), entry('169.254.1.1')],
};

describe('localAddresses', () => {
  it('tells all interfaces, loopback last, link-local never', () => {
    expect(localAddresses({}, interfaces)).toEqual({ ipv4: ['192.0.2.7', '127.0.0.1'], ipv6: [] });
    expect(localAddresses({ host: '::' }, interfaces)).toEqual({ ipv4: ['192.0.2.7', '127.0.0.1'], ipv6: ['2001:db8::7', '::1'] });
  });

  it('tells the bound address alone, and the advertised ones instead', () => {
    expect(localAddresses({ host: '127.0.0.1' }, interfaces)).toEqual({ ipv4: ['127.0.0.1'], ipv6: [] });
    expect(localAddresses({ advertisedAddresses: ['203.0.113.5'] }, interfaces)).toEqual({ ipv4: ['203.0.113.5'], ipv6: [] });
  });
});

describe('candidates', () => {
  it('orders host candidates by preference', () => {
    const priorities = hostCandidates(['192.0.2.7', '127.0.0.1'], 4000, 65_535).map((line) => Number(line.split(' ')[3]));
    expect(priorities[0]).toBe(2_130_706_431);
    expect(priorities[1]).toBeLessThan(priorities[0] ?? 0);
  });

  it.each([
    '1 1 tcp 1 192.0.2.1 9 typ host tcptype active',
    '1 2 udp 1 192.0.2.1 4000 typ host',
    '1 1 udp 1 aaaa.local 4000 typ host',
    '1 1 udp 1 192.0.2.1 0 typ host',
    '1 1 udp 1 192.0.2.1 99999 typ host',
    '1 1 udp 1 192.0.2.1 4000 typ magic',
    '',
    '1 1 udp',
  ])('passes over %j', (text) => {
    expect(remoteCandidate(text, 'u')).toBeUndefined();
  });

  it('reads a reflexive one', () => {
    expect(remoteCandidate('842163049 1 udp 1677729535 203.0.113.9 60001 typ srflx raddr 0.0.0.0 rport 0', 'u')).toMatchObject({
      ip: '203.0.113.9',
      port: 60_001,
      type: 'srflx',
    });
  });
});

describe('agentServers', () => {
  it('takes the first STUN and the first TURN server with credentials', () => {
    expect(
      agentServers([
        { urls: ['turn:nocreds', 'stun:[2001:db8::1]:3479'] },
        { urls: 'turn:turn.example:5000?transport=udp', username: 'u', credential: 'p' },
      ]),
    ).toEqual({
      stun: ['2001:db8::1', 3479],
      turn: { address: ['turn.example', 5000], username: 'u', password: 'p' },
    });
    expect(agentServers([])).toEqual({});
  });
});
