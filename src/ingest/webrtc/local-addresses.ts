import { isIPv4, isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { IceOptions } from '../ingest-options.js';

/** Addresses told to publishers, most useful first. */
export interface LocalAddresses {
  readonly ipv4: readonly string[];
  readonly ipv6: readonly string[];
}

/** The addresses to advertise: the configured ones, else that of `host`, else all of this machine's, loopback last. */
export function localAddresses(
  options: Pick<IceOptions, 'advertisedAddresses' | 'host'>,
  interfaces = networkInterfaces(),
): LocalAddresses {
  const { advertisedAddresses = [], host = '0.0.0.0' } = options;
  const chosen = advertisedAddresses.length > 0 ? advertisedAddresses : host === '0.0.0.0' || host === '::' ? all(interfaces) : [host];
  // A socket bound to an IPv4 address, or to 0.0.0.0, can't be reached by IPv6.
  const six = isIPv6(host);
  return {
    ipv4: six && host !== '::' ? [] : chosen.filter((address) => isIPv4(address)),
    ipv6: six ? chosen.filter((address) => isIPv6(address)) : [],
  };
}

function all(interfaces: ReturnType<typeof networkInterfaces>): string[] {
  const found = Object.values(interfaces)
    .flatMap((entries) => entries ?? [])
    .filter(({ address, family }) => !(family === 'IPv6' && /^fe80:/i.test(address)) && !address.startsWith('169.254.'));
  return [...found.filter(({ internal }) => !internal), ...found.filter(({ internal }) => internal)].map(({ address }) => address);
}
