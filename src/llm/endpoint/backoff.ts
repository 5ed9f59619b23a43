/**
 * Full jitter (Brooker 2015, "Exponential backoff and jitter"): uniform in [0, base·2^attempt], so that clients do not come back together.
 */
export function backoff(attempt: number, base = 250, random: () => number = Math.random): number {
  return random() * base * 2 ** attempt;
}
