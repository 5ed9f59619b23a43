import type { MiddlewareHandler } from 'hono';
import { hostIsLocal } from '../../auth/mod.js';
import type { Guard } from './guard.js';

/**
 * The page may load its own files and connect to its own server only, without inline scripts or styles. WebAssembly is for FFmpeg, `blob:`
 * for recorded moments and images; `'self'` in connect-src covers the WebSocket of the same host (CSP 3).
 */
const POLICY = [
  "default-src 'self'",
  "object-src 'none'",
  "frame-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' blob:",
  "media-src 'self' blob:",
  "connect-src 'self' blob:",
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': POLICY,
  'permissions-policy': 'camera=(self), screen-wake-lock=(self), microphone=(), geolocation=(), display-capture=(), usb=(), payment=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

/** Sets the headers on every response, unless its route set them. */
export function securityHeaders(guard: Guard): MiddlewareHandler {
  return async (context, next) => {
    await next();
    const set = (name: string, value: string): void => {
      if (!context.res.headers.has(name)) context.res.headers.set(name, value);
    };
    for (const [name, value] of Object.entries(HEADERS)) set(name, value);
    const { encrypted, host } = guard.peer(context);
    // HSTS on localhost would break other servers there.
    if (encrypted && !hostIsLocal(host)) set('strict-transport-security', 'max-age=31536000');
  };
}
