import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { ConfigError } from '../config/mod.js';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Whether an IP address is of the loopback interface; IPv4 in IPv6 notation included. */
export function isLoopback(address: string): boolean {
  const family = isIP(address);
  return family !== 0 && loopback.check(address, family === 4 ? 'ipv4' : 'ipv6');
}

/** The server would be reachable by others without authentication. */
class ExposedError extends ConfigError {}

/**
 * Refuses to listen on an address that others can reach without authentication, unless `insecure` allows it.
 * @throws ExposedError
 */
export async function checkExposure(options: {
  readonly host: string;
  readonly authenticated: boolean;
  readonly insecure: boolean;
  readonly proxied: boolean;
}): Promise<void> {
  const { host, authenticated, insecure, proxied } = options;
  if (authenticated || insecure) return;
  const fix =
    'set up tokens (docs/secure.md: --tokens-file FILE, MELLM_AUTH_TOKENS or auth.jwks), or use --insecure if everyone who can reach the server may do everything';
  if (proxied)
    throw new ExposedError(`server.trusted_proxies is set, so others can reach this server, but it has no authentication: ${fix}`);
  const addresses =
    isIP(host) === 0
      ? await lookup(host, { all: true }).then(
          (found) => found.map(({ address }) => address),
          () => [],
        )
      : [host];
  if (addresses.length > 0 && addresses.every(isLoopback)) return;
  throw new ExposedError(`listening on ${host} makes the server reachable by others, but it has no authentication: ${fix}`);
}
