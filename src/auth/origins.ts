import { isIP } from 'node:net';
import { isLoopback } from './exposure.js';

/**
 * Whether a page of this origin may use the server at `host`: its own pages and those of listed origins may.
 * Without an origin the client is not a browser, or requests its own page.
 */
export function originAllowed(origin: string | undefined, host: string | undefined, listed: readonly string[]): boolean {
  if (origin === undefined || listed.includes(origin)) return true;
  try {
    // Parsed with the origin's scheme, so that an explicit default port makes no difference.
    const own = new URL(origin);
    return /^https?:$/.test(own.protocol) && own.host === new URL(`${own.protocol}//${host ?? ''}`).host;
  } catch {
    return false;
  }
}

/**
 * Whether a server on loopback without authentication may answer requests for this host. A foreign name that resolves to it is DNS
 * rebinding: a page of that name would count as same-origin.
 */
export function hostIsLocal(host: string | undefined): boolean {
  if (host === undefined) return true;
  let name: string;
  try {
    name = new URL(`http://${host}`).hostname.replace(/^\[(.*)\]$/, '$1');
  } catch {
    return false;
  }
  return name === 'localhost' || name.endsWith('.localhost') || (isIP(name) !== 0 && isLoopback(name));
}

/**
 * Whether a reachable server without authentication may answer requests for this host: an IP address, which DNS rebinding cannot use, a
 * local name, or a listed one.
 */
export function hostIsExpected(host: string | undefined, listed: readonly string[]): boolean {
  if (hostIsLocal(host)) return true;
  let name: string;
  try {
    name = new URL(`http://${host ?? ''}`).hostname;
  } catch {
    return false;
  }
  return isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0 || listed.some((one) => one.toLowerCase() === name);
}
