import { createHash, timingSafeEqual } from 'node:crypto';

/** SHA-256. Secrets are stored and compared as digests: equal in length, and useless if leaked. */
export function digest(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

/** Compares two digests in constant time. */
export function sameDigest(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
