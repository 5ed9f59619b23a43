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

/** Sets the security headers on every response, unless its route set them. */
export function securityHeaders(guard: Guard): MiddlewareHandler {
  const plain = secureHeaders(HEADERS);
  const encrypted = secureHeaders({ ...HEADERS, strictTransportSecurity: 'max-age=31536000' });
  return (context, next) => {
    const peer = guard.peer(context);
    // HSTS on localhost would break other servers there.
    return (peer.encrypted && !hostIsLocal(peer.host) ? encrypted : plain)(context, next);
  };
}
