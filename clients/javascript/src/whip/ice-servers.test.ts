import { expect, it } from 'vitest';
import { iceServers } from './ice-servers.js';

it('reads the example of RFC 9725', () => {
  expect(
    iceServers(
      '<stun:stun.example.net>; rel="ice-server", <turn:turn.example.net?transport=udp>; rel="ice-server"; username="user"; credential="my\\"Pass, w;rd"; credential-type="password", <https://example.net/x>; rel="help"',
    ),
  ).toEqual([
    { urls: 'stun:stun.example.net' },
    { urls: 'turn:turn.example.net?transport=udp', username: 'user', credential: 'my"Pass, w;rd' },
  ]);
  expect(iceServers(null)).toEqual([]);
  expect(iceServers('<javascript:alert(1)>; rel="ice-server"')).toEqual([]);
});
