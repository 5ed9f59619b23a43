import { createHash, timingSafeEqual } from 'node:crypto';

/** SHA-256. Secrets are kept and compared as digests: equal in length, and useless to whoever reads them. */
export function digest(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

/** Compares two digests in a time that doesn't depend on where they differ. */
export function sameDigest(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
