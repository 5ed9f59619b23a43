import type { MiddlewareHandler } from 'hono';
import { secureHeaders } from 'hono/secure-headers';
import { hostIsLocal } from '../../auth/mod.js';
import type { Guard } from './guard.js';

type Options = NonNullable<Parameters<typeof secureHeaders>[0]>;

const HEADERS: Options = {
  /**
   * The page may load its own files and connect to its own server only, without inline scripts or styles. WebAssembly is for FFmpeg,
   * `blob:` for recorded moments and images; `'self'` in connect-src covers the WebSocket of the same host (CSP 3).
   */
  contentSecurityPolicy: {
    defaultSrc: ["'self'"],
    objectSrc: ["'none'"],
    frameSrc: ["'none'"],
    scriptSrc: ["'self'", "'wasm-unsafe-eval'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'", 'blob:'],
    mediaSrc: ["'self'", 'blob:'],
    connectSrc: ["'self'", 'blob:'],
    workerSrc: ["'self'"],
    manifestSrc: ["'self'"],
    baseUri: ["'none'"],
    formAction: ["'none'"],
    frameAncestors: ["'none'"],
  },
  permissionsPolicy: {
    camera: ['self'],
    screenWakeLock: ['self'],
    microphone: [],
    geolocation: [],
    displayCapture: [],
    usb: [],
    payment: [],
  },
  xFrameOptions: 'DENY',
  strictTransportSecurity: false,
  // A route's own header stays.
  overwrite: false,
};

/** @param ancestors origins whose pages may frame this one; `self` is this server's */
function framedBy(ancestors: readonly string[]): Options {
  if (ancestors.length === 0) return HEADERS;
  const frameAncestors = ancestors.map((origin) => (origin === 'self' ? "'self'" : origin));
  // X-Frame-Options knows no list of origins, and browsers ignore it beside frame-ancestors.
  return { ...HEADERS, xFrameOptions: false, contentSecurityPolicy: { ...HEADERS.contentSecurityPolicy, frameAncestors } };
}

/** Sets the security headers on every response, unless its route set them. */
export function securityHeaders(guard: Guard, frameAncestors: readonly string[]): MiddlewareHandler {
  const headers = framedBy(frameAncestors);
  const plain = secureHeaders(headers);
  const encrypted = secureHeaders({ ...headers, strictTransportSecurity: 'max-age=31536000' });
  return (context, next) => {
    const peer = guard.peer(context);
    // HSTS on localhost would break other servers there.
    return (peer.encrypted && !hostIsLocal(peer.host) ? encrypted : plain)(context, next);
  };
}
