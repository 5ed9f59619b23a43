import { isIP } from 'node:net';
import { isLoopback } from './exposure.js';

/**
 * Whether a page of this origin may use a server that is asked for as `host`: its own pages, and those of listed origins.
 * No origin: not a browser, or one that asks for its own page.
 */
export function originAllowed(origin: string | undefined, host: string | undefined, listed: readonly string[]): boolean {
  if (origin === undefined || listed.includes(origin)) return true;
  try {
    // In the origin's own scheme, so that a port named without need makes no difference.
    const own = new URL(origin);
    return /^https?:$/.test(own.protocol) && own.host === new URL(`${own.protocol}//${host ?? ''}`).host;
  } catch {
    return false;
  }
}

/**
 * Whether a server that listens on loopback and asks for no token may answer to this name. A foreign name that leads here is
 * DNS rebinding: a page of that name would count as our own.
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
 * Whether a server that others reach and that asks for no token may answer to this name: an address, which no foreign page can have as
 * its name, a local name, or a listed one.
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
