import { BusError } from '../../../src/events/bus/mod.js';
import { hasNatsServer, NatsServer, type Traffic } from './nats-server.js';

/** The nats-server that a benchmark runs against: one of its own, or one that runs already. */
export interface BenchNats {
  readonly url: string;
  /** Of our own server; what another one costs can't be seen from here. */
  readonly pid: number | undefined;
  /** `undefined` where the server is not ours. */
  traffic(): Promise<Traffic | undefined>;
  close(): Promise<void>;
}

/**
 * Takes the server at `url`; without one starts a server of our own on free loopback ports.
 *
 * @throws BusError `bus_unreachable` where there is no nats-server
 */
export async function benchNats(url?: string): Promise<BenchNats> {
  if (url !== undefined) return { url, pid: undefined, traffic: () => Promise.resolve(undefined), close: () => Promise.resolve() };
  if (!hasNatsServer()) {
    throw new BusError(
      'bus_unreachable',
      'there is no nats-server to measure against: install it (Debian: apt-get install nats-server; https://nats.io/download), or name one that runs by --nats URL',
    );
  }
  return NatsServer.start();
}
