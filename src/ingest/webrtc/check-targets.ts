import { BlockList, isIPv6 } from 'node:net';

/** Nobody's address, or everyone's: never where a publisher is. */
const NEVER = new BlockList();
NEVER.addSubnet('0.0.0.0', 8, 'ipv4');
NEVER.addSubnet('224.0.0.0', 4, 'ipv4');
NEVER.addSubnet('240.0.0.0', 4, 'ipv4');
NEVER.addAddress('::', 'ipv6');
NEVER.addSubnet('ff00::', 8, 'ipv6');

/** This machine and its own links. A publisher there reaches us first, and is known by that. */
const LOCAL = new BlockList();
LOCAL.addSubnet('127.0.0.0', 8, 'ipv4');
LOCAL.addSubnet('169.254.0.0', 16, 'ipv4');
LOCAL.addAddress('::1', 'ipv6');
LOCAL.addSubnet('fe80::', 10, 'ipv6');

/**
 * Whether connectivity checks may be sent to an address that a publisher names: else anybody could have them sent to services of this
 * machine, or to a whole network. IPv4 addresses written as IPv6 ones count as what they are.
 *
 * @param local loopback and link-local addresses too
 */
export function mayCheck(address: string, local: boolean): boolean {
  const family = isIPv6(address) ? 'ipv6' : 'ipv4';
  return !NEVER.check(address, family) && (local || !LOCAL.check(address, family));
}
