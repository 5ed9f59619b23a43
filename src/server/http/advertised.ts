import { isIPv4, isIPv6 } from 'node:net';
import { isLoopback } from '../../auth/mod.js';
import { ConfigError, type Config } from '../../config/mod.js';
import type { Logger } from '../../telemetry/mod.js';

/** Options of {@link advertisedUrl}. */
export interface AdvertisedOptions {
  /** Where this process listens, e.g. `http://0.0.0.0:8080`. */
  readonly listening: string;
  readonly bus: Pick<Config['bus'], 'advertise_url' | 'roles'>;
  /** The address of this machine by which it reaches NATS; undefined where that can't be found out. */
  readonly local: () => Promise<string | undefined>;
  readonly log: Pick<Logger, 'info' | 'warn'>;
}

/**
 * Where the other processes send publishers to reach this one. "All addresses" is none that anybody could be sent to: then it is the
 * one by which this machine reaches NATS, since the others are reached by way of NATS too.
 *
 * @throws ConfigError where there is none, and publishers are taken
 */
export async function advertisedUrl({ listening, bus, local, log }: AdvertisedOptions): Promise<string> {
  if (bus.advertise_url !== undefined) return bus.advertise_url;
  const url = new URL(listening);
  const anyOf = url.hostname === '0.0.0.0' ? 'ipv4' : url.hostname === '[::]' ? 'both' : undefined;
  if (anyOf === undefined || !bus.roles.includes('ingest')) return listening;
  const address = (await local())?.replace(/^::ffff:(?=\d+\.)/i, '');
  if (address === undefined || !(isIPv4(address) || (anyOf === 'both' && isIPv6(address) && !/^fe[89ab]/i.test(address)))) {
    throw new ConfigError(
      `this process listens on all addresses (${url.hostname}), and by which of them publishers reach it can't be told from the line to NATS (${address ?? 'none'}): set bus.advertise_url (MELLM_BUS_ADVERTISE_URL), e.g. http://10.0.0.7:${url.port}`,
    );
  }
  url.hostname = isIPv6(address) ? `[${address}]` : address;
  const { origin } = url;
  if (isLoopback(address))
    log.warn(
      { url: origin },
      "NATS is on this machine's loopback address, so publishers are sent to this process by it too, which works on this machine only: set bus.advertise_url where others publish",
    );
  else
    log.info(
      { url: origin },
      'publishers are sent to this process by the address with which it reaches NATS; bus.advertise_url names another',
    );
  return origin;
}

/** A URL to open where a process listens on all addresses: that of this machine. */
export function toOpen(listening: string): string {
  const url = new URL(listening);
  if (url.hostname === '0.0.0.0' || url.hostname === '[::]') url.hostname = 'localhost';
  return url.origin;
}
