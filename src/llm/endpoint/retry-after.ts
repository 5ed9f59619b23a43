/** Milliseconds asked for by a `Retry-After` header (RFC 9110, section 10.2.3), seconds or a date; undefined where there is none. */
export function retryAfter(header: string | undefined, now = Date.now()): number | undefined {
  if (header === undefined) return undefined;
  if (/^\s*\d+(\.\d+)?\s*$/.test(header)) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** Full jitter (Brooker 2015, "Exponential backoff and jitter"): uniform in [0, base·2^attempt], so that clients do not come back together. */
export function backoff(attempt: number, base = 250, random: () => number = Math.random): number {
  return random() * base * 2 ** attempt;
}
