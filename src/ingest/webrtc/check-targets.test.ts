import { describe, expect, it } from 'vitest';
import { mayCheck } from './check-targets.js';

describe('mayCheck', () => {
  it.each(['0.0.0.0', '0.1.2.3', '224.0.0.251', '239.255.255.250', '255.255.255.255', '240.0.0.1', '::', 'ff02::fb', '::ffff:224.0.0.1'])(
    'never sends checks to %s',
    (address) => {
      expect(mayCheck(address, false)).toBe(false);
      expect(mayCheck(address, true)).toBe(false);
    },
  );

  it.each(['127.0.0.1', '127.9.9.9', '169.254.169.254', '::1', 'fe80::1', '::ffff:127.0.0.1'])(
    'sends checks to %s where it is told to only',
    (address) => {
      expect(mayCheck(address, false)).toBe(false);
      expect(mayCheck(address, true)).toBe(true);
    },
  );

  it.each(['192.168.1.5', '10.0.0.1', '203.0.113.9', '2001:db8::1', 'fd00::1'])('sends checks to %s', (address) => {
    expect(mayCheck(address, false)).toBe(true);
  });
});
