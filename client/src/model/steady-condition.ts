import type { Condition } from './condition.js';

/** Milliseconds looked back over. */
const WINDOW_MS = 3000;
/** Share of that time that another condition must have held. */
const SHARE = 0.66;
/** Milliseconds that a condition of the picture stands at least. */
const DWELL_MS = 4000;

/** Conditions that the connection or the user decides: shown at once. All others come and go with every movement of the head. */
const AT_ONCE = new Set([
  'idle',
  'preparing',
  'connecting',
  'starting',
  'reconnecting',
  'refused',
  'ended',
  'no_frames',
  'no_face',
  'queued',
  'uploading',
  'waiting',
  'analyzing',
  'failed',
]);

/**
 * The condition with hysteresis: what the picture is like is shown once it held for most of some seconds, and then stays for some,
 * so that a status line can be read. A function of its inputs alone.
 */
export class SteadyCondition {
  #shown: Condition | undefined;
  #since = -Infinity;
  #seen: { readonly at: number; readonly code: string }[] = [];

  /** @param now milliseconds, not falling */
  take(condition: Condition, now: number): Condition {
    this.#seen.push({ at: now, code: condition.code });
    while (this.#seen.length > 1 && now - (this.#seen[1]?.at ?? now) >= WINDOW_MS) this.#seen.shift();
    const shown = this.#shown;
    // The same one, with newer numbers.
    if (shown?.code === condition.code) {
      this.#shown = condition;
      return condition;
    }
    const free = shown === undefined || AT_ONCE.has(condition.code) || (AT_ONCE.has(shown.code) && shown.code !== 'no_face');
    if (!free && (now - this.#since < DWELL_MS || this.#share(condition.code, now) < SHARE)) return shown;
    this.#shown = condition;
    this.#since = now;
    return condition;
  }

  /** Share of the window during which a condition held. */
  #share(code: string, now: number): number {
    let held = 0;
    for (const [i, { at, code: one }] of this.#seen.entries()) {
      const from = Math.max(at, now - WINDOW_MS);
      if (one === code) held += Math.max(0, (this.#seen[i + 1]?.at ?? now) - from);
    }
    return held / WINDOW_MS;
  }
}
