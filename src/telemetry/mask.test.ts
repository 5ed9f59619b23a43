import fc from 'fast-check';
import { expect, it } from 'vitest';
import { mask } from './mask.js';

it.each([
  ['connect ECONNREFUSED 192.0.2.17:8000', 'connect ECONNREFUSED [address]:8000'],
  ['from 2001:db8::7:1 and fe80:0:0:0:1:2:3:4', 'from [address] and [address]'],
  ['bad offer: v=0\r\no=- 1 1 IN IP4 198.51.100.4\r\na=ice-pwd:x', 'bad offer: [sdp]'],
  ['candidate:1 1 udp 1 192.0.2.1 9 typ host', '[candidate]'],
  ['Authorization: Bearer abc.DEF-123', 'Authorization: Bearer [secret]'],
  ['token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.sig-nature', 'token [token]'],
  ['DELETE /whip/dGhpcyBpcyBhIHNlY3JldCBpbmRlZWQ', 'DELETE /whip/[secret]'],
  ['DELETE /whip/x1-Y2_z3.dGhpcyBpcyBhIHNlY3JldCBpbmRlZWQ', 'DELETE /whip/[secret]'],
])('masks %j', (text, masked) => {
  expect(mask(text)).toBe(masked);
});

it.each([
  'version 1.2.3',
  'at 12:34:56',
  'file:///x/dist/src/server/app.js:12:34',
  'meflownet@0a1b2c3d',
  'worker vision-0 ended (exit code 1)',
])('leaves %j', (text) => {
  expect(mask(text)).toBe(text);
});

it('lets no IPv4 address through', () => {
  fc.assert(fc.property(fc.ipV4(), (address) => !mask(`x ${address}, y`).includes(address)));
});
