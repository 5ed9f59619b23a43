import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import { isLoopback } from './exposure.js';

/** The client of a request. */
export interface Peer {
  /** IP address of the client. */
  readonly address: string;
  /** The host that the client asked for, with its port. */
  readonly host: string | undefined;
  /** Whether the client's connection is encrypted. */
  readonly encrypted: boolean;
}

/** Headers that proxies, tunnels and CDNs add to forwarded requests. */
const MARKS = [
  'forwarded',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-forwarded-port',
  'x-forwarded-server',
  'x-real-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-original-host',
  'x-original-forwarded-for',
  'cf-connecting-ip',
  'cf-connecting-ipv6',
  'cf-ray',
  'true-client-ip',
  'fastly-client-ip',
  'fly-client-ip',
  'cdn-loop',
  'x-envoy-external-address',
] as const;

/** Whether any header shows that a proxy forwarded the request, which then comes from another address than its connection. */
export function looksForwarded(request: IncomingMessage): boolean {
  return MARKS.some((name) => request.headers[name] !== undefined);
}

/**
 * Reads X-Forwarded-For, -Proto and -Host as far as the hops that wrote them are trusted: walking from the nearest hop outwards, the first
 * address that is not a trusted proxy is the client.
 */
export class Proxies {
  readonly #blocks = new BlockList();
  readonly #loopback: boolean;

  /** @param trusted addresses, CIDR blocks, or `loopback` */
  constructor(trusted: readonly string[]) {
    this.#loopback = trusted.includes('loopback');
    for (const text of trusted) {
      const [address = '', bits] = text.split('/');
      const family = isIP(address);
      if (family === 0) continue;
      const kind = family === 4 ? 'ipv4' : 'ipv6';
      if (bits === undefined) this.#blocks.addAddress(address, kind);
      else this.#blocks.addSubnet(address, Number(bits), kind);
    }
  }

  peer(request: IncomingMessage): Peer {
    const direct = plain(request.socket.remoteAddress ?? '');
    const encrypted = 'encrypted' in request.socket;
    const near: Peer = { address: direct, host: request.headers.host, encrypted };
    if (!this.trusts(direct)) return near;
    const hops = list(request.headers['x-forwarded-for']);
    let address = direct;
    for (const hop of hops.reverse()) {
      const next = plain(withoutPort(hop));
      if (isIP(next) === 0) break;
      address = next;
      if (!this.trusts(next)) break;
    }
    // The nearest proxy wrote the last entry.
    const scheme = list(request.headers['x-forwarded-proto']).at(-1);
    return {
      address,
      host: list(request.headers['x-forwarded-host']).at(-1) ?? near.host,
      encrypted: scheme === undefined ? encrypted : scheme.toLowerCase() === 'https',
    };
  }

  /** Whether the address is that of a trusted proxy. */
  trusts(written: string): boolean {
    const address = plain(written);
    const family = isIP(address);
    if (family === 0) return false;
    return (this.#loopback && isLoopback(address)) || this.#blocks.check(address, family === 4 ? 'ipv4' : 'ipv6');
  }
}

const list = (header: string | string[] | undefined): string[] =>
  [header ?? []]
    .flat()
    .join(',')
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean);

/** Some proxies add the client's port: `203.0.113.9:4711`, `[2001:db8::1]:4711`. */
function withoutPort(hop: string): string {
  return hop
    .replace(/^"(.*)"$/, '$1')
    .replace(/^\[(.*)\](:\d{1,5})?$/, '$1')
    .replace(/^((?:\d{1,3}\.){3}\d{1,3}):\d{1,5}$/, '$1');
}

/** IPv4-mapped IPv6 addresses, as dual-stack sockets report them, as IPv4. */
export function plain(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}
