import { isIP } from 'node:net';
import { IceCandidate } from 'werift';
import { mayCheck } from './check-targets.js';

/**
 * Reads a remote candidate (RFC 8839 section 5.1, the text after `candidate:`).
 *
 * Undefined for those that are of no use here: TCP, RTCP's own component, names of multicast DNS (a browser that hides its address
 * reaches us first, and is then known by its checks), addresses that no checks may be sent to ({@link mayCheck}), and nonsense.
 */
export function remoteCandidate(text: string, ufrag: string, local = false): IceCandidate | undefined {
  const [foundation, component, protocol, priority, address, port, typ, type] = text.trim().split(/\s+/);
  if (!foundation || component !== '1' || protocol?.toLowerCase() !== 'udp' || typ !== 'typ' || !type || !address) return undefined;
  if (!['host', 'srflx', 'prflx', 'relay'].includes(type) || isIP(address) === 0 || !mayCheck(address, local)) return undefined;
  const number = Number(port);
  if (!Number.isInteger(number) || number < 1 || number > 65535 || !/^\d{1,10}$/.test(priority ?? '')) return undefined;
  return new IceCandidate(1, foundation.slice(0, 32), address, number, Number(priority) >>> 0, 'udp', type, undefined, ufrag);
}

/** Host candidates of one socket, most preferred first. RFC 8445 section 5.1.2.1. */
export function hostCandidates(addresses: readonly string[], port: number, preference: number): string[] {
  return addresses.map((address, index) => {
    const priority = 126 * 2 ** 24 + Math.max(0, preference - index) * 2 ** 8 + 255;
    return `${String(index + 1)}${address.includes(':') ? '6' : '4'} 1 udp ${String(priority)} ${address} ${String(port)} typ host`;
  });
}
