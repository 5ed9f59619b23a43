import { createSocket } from 'node:dgram';
import { isIP, isIPv6 } from 'node:net';
import type { IngestOptions } from './ingest-options.js';

/** An option that can't work, told before the first publisher comes. */
class IngestOptionsError extends Error {
  override readonly name = 'IngestOptionsError';
  readonly code = 'bad_ingest_options';
}

const bad = (message: string): IngestOptionsError => new IngestOptionsError(message);

/** @throws IngestOptionsError */
export async function checkOptions({ workers = 1, ice = {}, limits = {} }: IngestOptions): Promise<void> {
  if (!Number.isInteger(workers) || workers < 1 || workers > 64) throw bad('ingest workers must be a whole number from 1 to 64');
  const wrong = (ice.advertisedAddresses ?? []).find((address) => isIP(address) === 0);
  if (wrong !== undefined) throw bad(`"${wrong}" is not an IP address; advertised addresses are IPv4 or IPv6 addresses`);
  if (ice.portRange) {
    const [first, last] = ice.portRange;
    if (![first, last].every((port) => Number.isInteger(port) && port >= 1 && port <= 65_535) || last - first + 1 < workers) {
      throw bad(
        `the UDP port range ${String(first)}-${String(last)} must lie within 1-65535 and have a port for each of ${String(workers)} workers`,
      );
    }
  }
  for (const [name, value] of Object.entries(limits)) {
    if (!Number.isFinite(value) || (value as number) <= 0) throw bad(`the ingest limit ${name} must be a positive number`);
  }
  const host = ice.host ?? '0.0.0.0';
  if (isIP(host) === 0) throw bad(`"${host}" is not an IP address; the ICE host is the address of an interface, or 0.0.0.0`);
  await tryToBind(host);
}

function tryToBind(host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
    socket.once('error', (error) => {
      socket.close();
      reject(bad(`no UDP socket can be bound to ${host} (${error.message}); name an address of this machine`));
    });
    socket.bind({ address: host, port: 0 }, () => {
      socket.close(() => {
        resolve();
      });
    });
  });
}
