import { isIPv4, isIPv6 } from 'node:net';
import { isLoopback } from '../../auth/mod.js';
import { ConfigError, type Config } from '../../config/mod.js';
import type { Logger } from '../../telemetry/mod.js';

export interface AdvertisedOptions {
  /** Where this process listens, e.g. `http://0.0.0.0:8080`. */
  readonly listening: string;
  readonly bus: Pick<Config['bus'], 'advertise_url' | 'roles'>;
  /** Local address of the connection to NATS; undefined where it is unknown. */
  readonly local: () => Promise<string | undefined>;
  readonly log: Pick<Logger, 'info' | 'warn'>;
}

/**
 * The URL to which other processes redirect publishers. A wildcard address cannot be advertised: then it is the local address of the
 * connection to NATS, since all processes share that network.
 *
 * @throws ConfigError where this process accepts publishers and no address is usable
 */
export async function advertisedUrl({ listening, bus, local, log }: AdvertisedOptions): Promise<string> {
  if (bus.advertise_url !== undefined) return bus.advertise_url;
  const url = new URL(listening);
  const anyOf = url.hostname === '0.0.0.0' ? 'ipv4' : url.hostname === '[::]' ? 'both' : undefined;
  if (anyOf === undefined || !bus.roles.includes('ingest')) return listening;
  const address = (await local())?.replace(/^::ffff:(?=\d+\.)/i, '');
  if (address === undefined || !(isIPv4(address) || (anyOf === 'both' && isIPv6(address) && !/^fe[89ab]/i.test(address)))) {
    throw new ConfigError(
      `this process listens on all addresses (${url.hostname}), and the local address of its NATS connection (${address ?? 'unknown'}) is not one that publishers can use: set bus.advertise_url (MELLM_BUS_ADVERTISE_URL), e.g. http://10.0.0.7:${url.port}`,
    );
  }
  url.hostname = isIPv6(address) ? `[${address}]` : address;
  const { origin } = url;
  if (isLoopback(address))
    log.warn(
      { url: origin },
      'advertised address is loopback, as that of NATS: publishers on other machines cannot reach this process; set bus.advertise_url',
    );
  else log.info({ url: origin }, 'advertised address is that of the NATS connection; set bus.advertise_url to use another');
  return origin;
}

/** The URL to open in a browser; localhost where the process listens on all addresses. */
export function toOpen(listening: string): string {
  const url = new URL(listening);
  if (url.hostname === '0.0.0.0' || url.hostname === '[::]') url.hostname = 'localhost';
  return url.origin;
}
